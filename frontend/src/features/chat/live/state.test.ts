import { describe, expect, it } from 'vitest'
import type { GenerationFrame } from '@/api/frames'
import type { Message } from '@/api/types'
import { applyFrame, freshGeneration, type LiveGeneration } from './state'

const of = { generation_id: 'g', seq: 0 }

function message(over: Partial<Message> = {}): Message {
  return {
    id: 'm',
    chat_id: 'c',
    parent_id: null,
    role: 'assistant',
    content: '',
    parts: [],
    status: 'pending',
    model: 'demo',
    timestamp: '2026-11-21T00:00:00Z',
    created_at: '2026-11-21T00:00:00Z',
    updated_at: '2026-11-21T00:00:00Z',
    metadata: {},
    usage: null,
    timings: null,
    finish_reason: null,
    error: null,
    generation_id: 'g',
    siblings: ['m'],
    ...over,
  }
}

function text(seq: number, words: string, index = 0): GenerationFrame {
  return {
    ...of,
    type: 'content_block_delta',
    seq,
    index,
    delta: { type: 'text_delta', text: words },
  }
}

function start(seq: number, index: number, type: 'text' | 'thinking'): GenerationFrame {
  return { ...of, type: 'content_block_start', seq, index, content_block: { type } }
}

const fresh = () => freshGeneration('g', 'c', 'm', 1_000)

function run(frames: GenerationFrame[], from: LiveGeneration = fresh()): LiveGeneration {
  return frames.reduce((state, frame, at) => applyFrame(state, frame, 2_000 + at), from)
}

const texts = (state: LiveGeneration) => state.blocks.map(block => `${block.type}:${block.text}`)

/** A whole reply as the server tells it: a start carries the number of the event before it. */
const whole: GenerationFrame[] = [
  { ...of, type: 'message_start', chat_id: 'c', user_message: null, message: message() },
  { ...of, type: 'status', seq: 1, phase: 'prefill', prompt_tokens: 12 },
  start(1, 0, 'thinking'),
  {
    ...of,
    type: 'content_block_delta',
    seq: 2,
    index: 0,
    delta: { type: 'thinking_delta', thinking: 'Hm.' },
  },
  { ...of, type: 'content_block_stop', seq: 2, index: 0 },
  start(2, 1, 'text'),
  text(3, 'Hello', 1),
  text(5, ', world', 1),
  { ...of, type: 'content_block_stop', seq: 5, index: 1 },
  {
    ...of,
    type: 'message_delta',
    seq: 5,
    stop_reason: 'stop',
    usage: { completion_tokens: 4 },
    timings: { tokens_per_second: 38 },
  },
  { ...of, type: 'message_stop', seq: 6 },
]

describe('applyFrame', () => {
  it('builds a reply out of its frames', () => {
    const state = run(whole)
    expect(texts(state)).toEqual(['thinking:Hm.', 'text:Hello, world'])
    expect(state).toMatchObject({
      done: true,
      seq: 6,
      stopReason: 'stop',
      usage: { completion_tokens: 4 },
      error: null,
    })
    expect(state.blocks.every(block => !block.open && block.endedAt !== null)).toBe(true)
  })

  it('changes nothing when the whole reply is told again', () => {
    const state = run(whole)
    expect(run(whole, state)).toBe(state)
  })

  it.each(whole.map((_, at) => at))('survives a replay from the beginning after frame %i', cut => {
    const broken = run(whole.slice(0, cut))
    expect(texts(run(whole, broken))).toEqual(['thinking:Hm.', 'text:Hello, world'])
  })

  it.each(whole.map((_, at) => at))('goes on after a cut at frame %i from its number', cut => {
    const broken = run(whole.slice(0, cut))
    const rest = whole.filter(frame => frame.seq >= broken.seq && frame.type !== 'message_start')
    const state = run(rest, broken)
    expect(texts(state)).toEqual(['thinking:Hm.', 'text:Hello, world'])
    expect(state.done).toBe(true)
  })

  it('takes one merged delta for the many that were missed', () => {
    const state = run([start(0, 0, 'text'), text(1, 'a'), text(40, 'bcdef')])
    expect(texts(state)).toEqual(['text:abcdef'])
    expect(state.seq).toBe(40)
  })

  it('keeps the text of a block that is started again', () => {
    const state = run([start(0, 0, 'text'), text(1, 'a'), start(1, 0, 'text'), text(2, 'b')])
    expect(texts(state)).toEqual(['text:ab'])
  })

  it('goes on where a continued message had ended', () => {
    const begun: GenerationFrame = {
      ...of,
      type: 'message_start',
      chat_id: 'c',
      user_message: null,
      message: message({ parts: [{ type: 'text', text: 'Once upon' }] }),
    }
    const state = run([begun, start(0, 0, 'text'), text(1, ' a time')])
    expect(texts(state)).toEqual(['text:Once upon a time'])
  })

  it('keeps calls of tools apart and learns their names late', () => {
    const call = (seq: number, index: number, id?: string, name?: string): GenerationFrame => ({
      ...of,
      type: 'content_block_start',
      seq,
      index,
      content_block: { type: 'tool_use', id, name },
    })
    const json = (seq: number, index: number, piece: string): GenerationFrame => ({
      ...of,
      type: 'content_block_delta',
      seq,
      index,
      delta: { type: 'input_json_delta', partial_json: piece },
    })
    const state = run([
      call(0, 0, 'one', ''),
      json(1, 0, '{"a":'),
      call(1, 1, 'two', 'sum'),
      json(2, 1, '{}'),
      call(2, 0, 'one', 'find'),
      json(3, 0, '1}'),
    ])
    expect(state.blocks.map(({ id, name, text }) => ({ id, name, text }))).toEqual([
      { id: 'one', name: 'find', text: '{"a":1}' },
      { id: 'two', name: 'sum', text: '{}' },
    ])
  })

  it('replaces everything by a snapshot and is done where the message is final', () => {
    const told = message({
      status: 'complete',
      parts: [{ type: 'text', text: 'All of it' }],
      finish_reason: 'stop',
      usage: { completion_tokens: 3 },
    })
    const state = run([
      start(0, 0, 'text'),
      text(1, 'Al'),
      { ...of, type: 'snapshot', seq: 1, message: told },
    ])
    expect(texts(state)).toEqual(['text:All of it'])
    expect(state).toMatchObject({ done: true, usage: { completion_tokens: 3 } })
  })

  it('keeps following where a snapshot is of a message still being written', () => {
    const told = message({ status: 'streaming', parts: [{ type: 'text', text: 'Half' }] })
    const state = run([{ ...of, type: 'snapshot', seq: 7, message: told }, text(8, ' and half')])
    expect(texts(state)).toEqual(['text:Half and half'])
    expect(state.done).toBe(false)
  })

  it('ends with an error and keeps what had been written', () => {
    const state = run([
      start(0, 0, 'text'),
      text(1, 'Well'),
      {
        ...of,
        type: 'error',
        seq: 2,
        code: 'engine_died',
        message: 'The engine died',
        remedy: 'Continue',
        retry_after: 5,
        interrupted: true,
      },
    ])
    expect(texts(state)).toEqual(['text:Well'])
    expect(state).toMatchObject({
      done: true,
      interrupted: true,
      error: { code: 'engine_died', remedy: 'Continue', retry_after: 5 },
    })
  })

  it('leaves untouched blocks their identity, so that they are not drawn again', () => {
    const before = run([start(0, 0, 'thinking'), start(0, 1, 'text')])
    const after = applyFrame(before, text(1, 'x', 1), 3_000)
    expect(after.blocks[0]).toBe(before.blocks[0])
    expect(after.blocks[1]).not.toBe(before.blocks[1])
  })
})
