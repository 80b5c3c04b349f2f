import { expect, test } from 'vitest'
import type { GenerationFrame } from '@/api/frames'
import { applyFrame, freshGeneration } from '../live/state'
import { fakeMessage } from '../testing'
import { textOf, viewOf } from './view'

function live(...frames: object[]) {
  return frames.reduce<ReturnType<typeof freshGeneration>>(
    (state, frame, at) =>
      applyFrame(
        state,
        { generation_id: 'g', seq: at + 1, ...frame } as GenerationFrame,
        1000 * at,
      ),
    freshGeneration('g', 'c', 'm', 0),
  )
}

const pending = fakeMessage({ status: 'pending' })
const text = (value: string) => [
  { type: 'content_block_start', index: 0, content_block: { type: 'text' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: value } },
]

test('before the first token a reply waits, then it is written', () => {
  expect(viewOf(pending, live({ type: 'status', phase: 'queued', position: 2 }))).toMatchObject({
    state: 'waiting',
    pieces: [],
    status: { position: 2 },
  })
  const view = viewOf(pending, live(...text('Hel')))
  expect(view).toMatchObject({ state: 'writing', pieces: [{ type: 'text', open: true }] })
  expect(textOf(view)).toBe('Hel')
})

test.each([
  ['complete', { type: 'message_stop' }],
  ['error', { type: 'error', code: 'x', message: 'y', interrupted: false }],
  ['interrupted', { type: 'error', code: 'x', message: 'y', interrupted: true }],
])('a generation ends %s', (state, frame) => {
  expect(viewOf(pending, live(...text('a'), frame)).state).toBe(state)
})

test('Stop is an ending of its own, with the time until the engine was free', () => {
  const end = { type: 'message_delta', stop_reason: 'cancelled', timings: { stop_ms: 40 } }
  const view = viewOf(pending, live(...text('a'), end, { type: 'message_stop' }))
  expect(view).toMatchObject({ state: 'stopped', stopMs: 40 })
})

test('a stored message tells everything by itself', () => {
  const message = fakeMessage({
    parts: [
      { type: 'thinking', text: 'hm', duration_ms: 12_000 },
      { type: 'text', text: 'so' },
    ],
    status: 'interrupted',
    timings: { stop_ms: 3 },
  })
  expect(viewOf(message, null)).toMatchObject({
    state: 'interrupted',
    pieces: [{ type: 'thinking', ms: 12_000, open: false }, { text: 'so' }],
    stopMs: 3,
  })
})
