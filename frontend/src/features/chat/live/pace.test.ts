import { describe, expect, it } from 'vitest'
import { type Pace, paced, speedOf } from './pace'

/** Ticks of one token each, `every` milliseconds apart, from the first token at 0. */
function steady(count: number, every: number, from: Pace = []): Pace {
  let pace = from
  const seq = from.at(-1)?.seq ?? 0
  for (let tick = 0; tick < count; tick += 1) {
    pace = paced(pace, { at: tick * every, seq: seq + tick + 1 }, 0)
  }
  return pace
}

describe('speedOf', () => {
  it('says nothing before a second has passed', () => {
    expect(speedOf(steady(20, 25), 500)).toBeNull()
  })

  it('counts tokens by the second', () => {
    const speed = speedOf(steady(121, 25), 3000)
    expect(speed).toBeGreaterThan(38)
    expect(speed).toBeLessThan(42)
  })

  it('knows slow models too', () => {
    expect(speedOf(steady(4, 3000), 9500)).toBeCloseTo(1 / 3)
  })

  it('takes a replay at the beginning for no speed', () => {
    let pace: Pace = []
    for (let seq = 1; seq <= 500; seq += 1) pace = paced(pace, { at: seq / 25, seq }, 0)
    for (let tick = 1; tick <= 30; tick += 1) {
      pace = paced(pace, { at: 20 + tick * 50, seq: 500 + tick }, 0)
    }
    const speed = speedOf(pace, 1520)
    expect(speed).toBeGreaterThan(18)
    expect(speed).toBeLessThan(22)
  })

  it('falls silent when nothing comes', () => {
    expect(speedOf(steady(121, 25), 3000 + 2500)).toBeNull()
  })
})

describe('paced', () => {
  it('keeps few ticks however many tokens come', () => {
    expect(steady(5000, 2).length).toBeLessThan(30)
  })
})
