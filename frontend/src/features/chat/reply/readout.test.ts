import { expect, test } from 'vitest'
import { words } from '../testing'
import { readoutLine, readoutRows } from './readout'

const usage = { prompt_tokens: 1204, completion_tokens: 412, cached_tokens: 860 }
const timings = {
  queue_ms: 0,
  load_ms: 3900,
  prompt_ms: 190,
  time_to_first_token_ms: 310,
  tokens_per_second: 38.2,
}
const spaces = (text: string) => text.replace(/\u00a0/g, ' ')

test('the line holds speed, tokens and the first token', () => {
  expect(spaces(readoutLine(usage, timings, words('reply'), 'en'))).toBe(
    '38 tok/s · 412 tokens · first token 0.31 s',
  )
  expect(readoutLine(usage, timings, words('reply', 'zh-CN'), 'zh-CN')).toBe(
    '38 tok/s · 412 个 token · 首字 0.31秒',
  )
})

test('what was not measured is left out', () => {
  expect(readoutLine(null, null, words('reply'), 'en')).toBe('')
  expect(readoutLine({ completion_tokens: 1 }, null, words('reply'), 'en')).toBe('1 token')
  expect(readoutLine(null, { tokens_per_second: 4.25 }, words('reply'), 'en')).toBe('4.3 tok/s')
})

test('the popover lists the circumstances and skips zeros', () => {
  const rows = readoutRows(
    { usage, timings, finishReason: 'length', engine: 'llamacpp', seed: 7 },
    words('reply'),
    'en',
  )
  const shown = Object.fromEntries(rows.map(row => [row.label, spaces(row.value)]))
  expect(shown).toEqual({
    'Engine started in': '3.9 s',
    'Prompt read in': '0.19 s',
    'First token after': '0.31 s',
    Prompt: '1,204 tokens',
    'of it from cache': '860 tokens',
    Answer: '412 tokens',
    Engine: 'llama.cpp',
    Seed: '7',
    'Ended by': 'the token limit',
  })
})
