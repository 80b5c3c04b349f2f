import { describe, expect, it } from 'vitest'
import { formatBytes, formatDuration, formatParameters, formatPercent, inARow } from './format'

describe('formatBytes', () => {
  it.each([
    [0, '0 byte'],
    [999, '999 byte'],
    [4_200_000, '4.2 MB'],
    [42_000_000, '42 MB'],
    [2_497_000_000, '2.5 GB'],
    [1.2e12, '1.2 TB'],
  ])('%d → %s', (bytes, text) => {
    expect(formatBytes(bytes, 'en')).toBe(text)
  })
})

describe('formatDuration', () => {
  it.each([
    [0, '0 ms'],
    [40.4, '40 ms'],
    [312, '0.31 s'],
    [6_000, '6.0 s'],
    [12_400, '12 s'],
    [60_000, '1 min'],
    [200_000, '3 min 20 s'],
  ])('%d ms → %s', (ms, text) => {
    // No-break spaces keep a number and its unit on one line.
    expect(formatDuration(ms, 'en').replaceAll('\u00a0', ' ')).toBe(text)
  })

  it('speaks Chinese', () => {
    expect(formatDuration(12_400, 'zh-CN')).toBe('12秒')
  })
})

it('writes shares and sizes of models', () => {
  expect(formatPercent(0.426, 'en')).toBe('43%')
  expect([600e6, 7.6e9, 70e9, 235e9].map(formatParameters)).toEqual(['600M', '7.6B', '70B', '235B'])
})

it('puts sentences in a row', () => {
  expect(inARow('It failed.', null, 'Try again.')).toBe('It failed. Try again.')
  expect(inARow('失败了。', '请再试一次。')).toBe('失败了。请再试一次。')
})
