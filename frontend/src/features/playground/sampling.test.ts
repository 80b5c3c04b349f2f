import { expect, test } from 'vitest'
import { isBad, numberFields, samplingOf } from './sampling'

const field = (name: string) => {
  const found = numberFields.find(one => one.name === name)
  if (!found) throw new Error(name)
  return found
}

test('empty fields are left to the engine, wrong ones are not sent', () => {
  expect(samplingOf({})).toEqual({})
  expect(
    samplingOf({ temperature: '0.2', max_tokens: '1.5', stop: 'a\n\nb', thinking: 'false' }),
  ).toEqual({ temperature: 0.2, stop: ['a', 'b'], thinking: false })
})

test('bounds are the server’s', () => {
  expect(isBad(field('temperature'), '2')).toBe(false)
  expect(isBad(field('temperature'), '2.1')).toBe(true)
  expect(isBad(field('max_tokens'), '0')).toBe(true)
  expect(isBad(field('seed'), 'x')).toBe(true)
  expect(isBad(field('seed'), '')).toBe(false)
})
