import { expect, test } from 'vitest'
import type { Transfer } from '@/api/control/types'
import { ordered, totalRate } from './order'

const one = (id: string, status: Transfer['status'], at: number, rate: number | null = null) =>
  ({
    id,
    status,
    rate,
    created_at: new Date(at).toISOString(),
    updated_at: new Date(at).toISOString(),
  }) as Transfer

test('what needs somebody comes first, what is complete stands apart', () => {
  const groups = ordered([
    one('old', 'complete', 1),
    one('paused', 'paused', 2),
    one('second', 'running', 4),
    one('first', 'running', 3),
    one('bad', 'failed', 5),
    one('new', 'complete', 6),
  ])
  expect(groups.underWay.map(({ id }) => id)).toEqual(['bad', 'first', 'second', 'paused'])
  expect(groups.finished.map(({ id }) => id)).toEqual(['new', 'old'])
})

test('rates add up, the unknown left out', () => {
  expect(
    totalRate([one('a', 'running', 1, 5), one('b', 'paused', 1), one('c', 'running', 1, 7)]),
  ).toBe(12)
})
