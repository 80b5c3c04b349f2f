import { expect, test } from 'vitest'
import type { UsageLine } from '@/api/administration'
import { dayBefore, daysOf } from './bars'

const line = (day: string | null, prompt: number): UsageLine => ({
  day,
  user_id: null,
  user_name: null,
  model: null,
  requests: 1,
  prompt_tokens: prompt,
  cached_tokens: 0,
  completion_tokens: 1,
  errors: 0,
  seconds: 0,
})

test('every day has its place, also those without a request and across a month', () => {
  const days = daysOf(
    [line('2026-02-28', 9), line('2026-02-28', 4), line('2025-01-01', 7), line(null, 7)],
    '2026-02-27',
    '2026-03-01',
  )
  expect(days).toEqual([
    { day: '2026-02-27', tokens: 0, requests: 0 },
    { day: '2026-02-28', tokens: 15, requests: 2 },
    { day: '2026-03-01', tokens: 0, requests: 0 },
  ])
})

test('days are counted back in UTC', () => {
  expect(dayBefore(Date.UTC(2026, 2, 1, 0, 30), 1)).toBe('2026-02-28')
})
