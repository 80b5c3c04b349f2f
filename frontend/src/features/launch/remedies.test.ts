import { expect, test } from 'vitest'
import type { CatalogVariant, Fit, LaunchField } from '@/api/control/types'
import { contexts, smaller, waysOf } from './remedies'

const field = (name: string) => ({ name }) as LaunchField
const variant = (id: string, size_bytes: number, fits: boolean) =>
  ({ id, size_bytes, fit: { fits } }) as CatalogVariant
const current = variant('c', 90, false)
const variants = [current, variant('a', 10, true), variant('b', 20, true), variant('d', 80, false)]
const needs = (...ways: Fit['ways']) => ({ fits: false, ways }) as Fit

test('contexts are halved down to a thousand', () => {
  expect(contexts(8192)).toEqual([4096, 2048, 1024])
  expect(contexts(1500)).toEqual([])
})

test('what the server says would fit is offered where the form can do it', () => {
  const ways = waysOf(
    needs(
      { option: 'slots', value: 2 },
      { option: 'context_length', value: 4096 },
      { option: 'variant', value: 'a' },
    ),
    [field('context_length')],
    variants,
    current,
  )
  expect(ways).toEqual([
    { kind: 'option', name: 'context_length', value: 4096 },
    { kind: 'variant', variant: variants[1] },
  ])
})

test('where the server names no other form, the largest that fits is offered', () => {
  expect(waysOf(needs(), [], variants, current)).toEqual([
    { kind: 'variant', variant: variants[2] },
  ])
  expect(smaller([current], current)).toBeNull()
})
