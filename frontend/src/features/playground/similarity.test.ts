import { expect, test } from 'vitest'
import { closest, cosine, matrix } from './similarity'

test('the cosine of two directions', () => {
  expect(cosine([1, 0], [2, 0])).toBeCloseTo(1)
  expect(cosine([1, 0], [0, 3])).toBe(0)
  expect(cosine([1, 0], [-1, 0])).toBeCloseTo(-1)
  expect(cosine([0, 0], [1, 1])).toBe(0)
})

test('the closest pair of different texts', () => {
  const values = matrix([
    [1, 0],
    [0, 1],
    [0.1, 1],
  ])
  expect(values[0]?.[0]).toBeCloseTo(1)
  expect(closest(values)).toEqual([1, 2])
  expect(closest([[1]])).toBeNull()
})
