import { expect, test, vi } from 'vitest'
import type {
  CatalogVariant,
  Forecast,
  LaunchField,
  LaunchOptions,
  StartRequest,
} from '@/api/control/types'
import { contexts, findWays, smaller, waysOf } from './remedies'

const field = (name: string, choices: string[] = []) => ({ name, choices }) as LaunchField
const settled = { context_length: 32768, slots: 4, cache_type: 'f16' } as LaunchOptions
const body: StartRequest = { model_id: 'm' }
const answer = (fits: boolean) => ({ fit: { fits } }) as Forecast

test('contexts are halved down to a thousand', () => {
  expect(contexts(8192)).toEqual([4096, 2048, 1024])
  expect(contexts(1500)).toEqual([])
})

test('only options that the engine takes are tried', () => {
  const names = (fields: LaunchField[]) =>
    waysOf(fields, settled).map(group => group[0]?.kind === 'option' && group[0].name)
  expect(names([field('context_length'), field('cache_type', ['f16', 'q8_0'])])).toEqual([
    'context_length',
    'cache_type',
  ])
  expect(names([field('threads')])).toEqual([])
})

test('of each kind the mildest that fits is offered', async () => {
  const foresee = vi.fn(async (asked: StartRequest) =>
    answer((asked.context_length ?? 99_999) <= 8192),
  )
  const groups = waysOf([field('context_length'), field('slots')], settled)
  expect(await findWays(body, groups, foresee)).toEqual([
    { kind: 'option', name: 'context_length', value: 8192 },
  ])
  expect(foresee.mock.calls.map(([asked]) => asked.context_length ?? asked.slots)).toEqual([
    16384, 8192, 2, 1,
  ])
})

test('a refused try is none that fits', async () => {
  const groups = waysOf([field('slots')], settled)
  const foresee = async () => {
    throw new Error('refused')
  }
  expect(await findWays(body, groups, foresee)).toEqual([])
})

test('another form is the largest that fits', () => {
  const one = (id: string, size_bytes: number, fits: boolean) =>
    ({ id, size_bytes, fit: { fits } }) as CatalogVariant
  const current = one('c', 90, false)
  const variants = [current, one('a', 10, true), one('b', 20, true), one('d', 80, false)]
  expect(smaller(variants, current)).toEqual({ kind: 'variant', variant: variants[2] })
  expect(smaller([current], current)).toBeNull()
})
