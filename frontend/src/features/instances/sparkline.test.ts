import { expect, test } from 'vitest'
import { nearest, niceTop, shapeOf, summaryOf } from './sparkline'

const points = [
  { at: 0, value: 0 },
  { at: 10, value: 5 },
  { at: 20, value: null },
  { at: 30, value: 10 },
  { at: 40, value: 10 },
]

test('the top is a round number above the highest', () => {
  expect([0, 7, 38, 412, 1].map(niceTop)).toEqual([1, 8, 40, 500, 1])
})

test('the line is broken where nothing was measured', () => {
  expect(shapeOf(points, 100, 50)).toEqual({
    line: 'M0,50L25,25M75,0L100,0',
    area: 'M0,50L0,50L25,25L25,50ZM75,50L75,0L100,0L100,50Z',
    top: 10,
  })
})

test('a single measurement is no line', () => {
  expect(shapeOf([{ at: 0, value: 3 }], 100, 50)).toBeNull()
  expect(shapeOf([], 100, 50)).toBeNull()
})

test('the summary and what the pointer is at', () => {
  expect(summaryOf(points)).toEqual({ now: 10, highest: 10 })
  expect(summaryOf([{ at: 0, value: null }])).toEqual({ now: null, highest: null })
  expect(nearest(points, 0.5)?.at).toBe(10)
  expect(nearest(points, 1)?.at).toBe(40)
  expect(nearest([], 0.5)).toBeNull()
})
