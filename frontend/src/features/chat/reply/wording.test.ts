import { describe, expect, test } from 'vitest'
import type { StatusFrame } from '@/api/frames'
import { words } from '../testing'
import { bytesOf, statusWords, wholeSeconds } from './wording'

const en = words('reply')
const zh = words('reply', 'zh-CN')
const spaces = (text: string) => text.replace(/\u00a0/g, ' ')

function both(frame: Omit<StatusFrame, 'type'> | null): [string, string] {
  const status = frame && ({ type: 'status', ...frame } as StatusFrame)
  return [
    spaces(statusWords(status, 'Qwen3-4B', en, 'en').text),
    spaces(statusWords(status, 'Qwen3-4B', zh, 'zh-CN').text),
  ]
}

describe('the status line', () => {
  test('tells the place in the queue', () => {
    expect(both({ phase: 'queued', position: 2 })).toEqual([
      'Waiting, 2 before you',
      '排队中，前面还有 2 个',
    ])
    expect(both({ phase: 'queued', position: 0 })).toEqual(['Next in line', '下一个就轮到您'])
  })

  test('tells what is started on which engine', () => {
    expect(both({ phase: 'loading', engine: 'llamacpp' })).toEqual([
      'Starting Qwen3-4B on llama.cpp',
      '正在用 llama.cpp 启动 Qwen3-4B',
    ])
  })

  test('tells how far the weights are, with bytes and an estimate', () => {
    const frame = {
      phase: 'loading',
      progress: 0.43,
      bytes_done: 1.1e9,
      bytes_total: 2.5e9,
      eta_seconds: 6.2,
    } as const
    expect(both(frame)).toEqual([
      'Loading weights 43% · 1.1 of 2.5 GB · about 6 s',
      '正在载入权重 43% · 1.1 / 2.5 GB · 约 6秒',
    ])
  })

  test('takes the share from the bytes, within bounds', () => {
    const status = { type: 'status', phase: 'loading', bytes_done: 9, bytes_total: 4 } as const
    expect(statusWords(status, 'x', en, 'en').share).toBe(1)
  })

  test('tells the prompt being read and what of it was cached', () => {
    expect(both({ phase: 'prefill', prompt_tokens: 1204, cached_tokens: 860 })).toEqual([
      'Reading 1,204 tokens (860 cached)',
      '正在读取 1,204 个 token（860 个来自缓存）',
    ])
    expect(both({ phase: 'prefill' })[0]).toBe('Reading the prompt')
  })

  test('has words before the first frame and for one it does not need', () => {
    expect(both(null)).toEqual(['Sending…', '正在发送…'])
    expect(both({ phase: 'decoding' })).toEqual(['Writing…', '正在书写…'])
  })
})

test('both byte counts stand in the unit of the total', () => {
  expect(bytesOf(400e6, 2.5e9, 'en')).toEqual(['0.4', '2.5 GB'])
  expect(bytesOf(3e6, 8e6, 'en')).toEqual(['3', '8 MB'])
})

test('seconds that tick have no decimals', () => {
  expect(spaces(wholeSeconds(4.4, 'en'))).toBe('4 s')
  expect(wholeSeconds(12, 'zh-CN')).toBe('12秒')
  expect(spaces(wholeSeconds(200, 'en'))).toBe('3 min 20 s')
})
