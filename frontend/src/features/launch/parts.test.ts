import { expect, test } from 'vitest'
import type { Fit } from '@/api/control/types'
import { partsOf } from './parts'

const memory = (devices: [string, number][], weights = 4, contexts = 2, overhead = 1) =>
  ({
    devices: devices.map(([name, needed_bytes]) => ({ name, needed_bytes, free_bytes: 9 })),
    weights_bytes: weights,
    context_bytes: contexts,
    overhead_bytes: overhead,
  }) as Fit

function parts(of: Fit, at: number) {
  const device = of.devices[at]
  if (!device) throw new Error('no such device')
  return partsOf(device, of).map(part => [part.name, part.bytes])
}

test('in memory lies everything where there is no GPU', () => {
  expect(parts(memory([['memory', 7]]), 0)).toEqual([
    ['weights', 4],
    ['contexts', 2],
    ['overhead', 1],
  ])
})

test('GPUs share weights and contexts', () => {
  const two = memory([
    ['memory', 1],
    ['gpu 0', 3],
    ['gpu 1', 3],
  ])
  expect(parts(two, 0)).toEqual([['overhead', 1]])
  expect(parts(two, 2)).toEqual([
    ['weights', 2],
    ['contexts', 1],
  ])
})

test('what is not known apart is one part', () => {
  expect(parts(memory([['memory', 7]], 0, 0, 0), 0)).toEqual([['needed', 7]])
})
