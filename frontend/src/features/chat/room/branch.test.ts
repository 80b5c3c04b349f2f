import { describe, expect, it } from 'vitest'
import type { StatusFrame } from '@/api/frames'
import type { Message, MessagePage } from '@/api/types'
import { freshGeneration } from '../live/state'
import { branchFrom, isLocal, joinPages, localMessage, prepend, replaced, settled } from './branch'

function message(id: string, parent: string | null, over: Partial<Message> = {}): Message {
  return { ...localMessage('c', parent, 'assistant', [], id), id, status: 'complete', ...over }
}

/** A line of messages, each the parent of the next. */
function line(...ids: string[]): Message[] {
  return ids.map((id, at) => message(id, ids[at - 1] ?? null))
}

const page = (messages: Message[], has_more = false): MessagePage => ({ messages, has_more })
const ids = (of: MessagePage) => of.messages.map(one => one.id)

describe('joinPages', () => {
  it('keeps what was loaded above the newest page', () => {
    const known = page(line('a', 'b', 'c', 'd'), true)
    const fresh = page(line('c', 'd', 'e'), true)
    expect(ids(joinPages(known, fresh))).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('forgets a branch that is no longer the active one', () => {
    const known = page(line('a', 'b', 'c'))
    expect(ids(joinPages(known, page(line('x', 'y'), true)))).toEqual(['x', 'y'])
  })

  it('replaces local messages by the stored ones', () => {
    const local = localMessage('c', 'b', 'user', [{ type: 'text', text: 'hi' }], 'k')
    const known = page([...line('a', 'b'), local])
    expect(ids(joinPages(known, page(line('a', 'b', 'real'))))).toEqual(['a', 'b', 'real'])
  })

  it('remembers whether more stands above', () => {
    const known = page(line('a', 'b', 'c'), false)
    expect(joinPages(known, page(line('b', 'c'), true)).has_more).toBe(false)
  })

  it('takes an empty page as it is', () => {
    expect(joinPages(page(line('a')), page([]))).toEqual(page([]))
  })
})

describe('prepend', () => {
  it('puts earlier messages above, each once', () => {
    const joined = prepend(page(line('c', 'd'), true), page(line('a', 'b', 'c'), false))
    expect(ids(joined)).toEqual(['a', 'b', 'c', 'd'])
    expect(joined.has_more).toBe(false)
  })
})

describe('branchFrom', () => {
  it('cuts below the parent: that is how another branch begins', () => {
    expect(ids(branchFrom(page(line('a', 'b', 'c')), 'a', line('x')))).toEqual(['a', 'x'])
  })

  it('begins anew at the root', () => {
    expect(ids(branchFrom(page(line('a', 'b'), true), null, line('x')))).toEqual(['x'])
  })

  it('drops local messages where the parent is not loaded', () => {
    const local = localMessage('c', 'a', 'user', [], 'k')
    expect(ids(branchFrom(page([...line('a'), local]), 'unknown', line('x')))).toEqual(['a', 'x'])
  })
})

describe('replaced', () => {
  it('changes one message and leaves the others alone', () => {
    const before = page(line('a', 'b'))
    const after = replaced(before, 'b', { status: 'pending' })
    expect(after.messages[1]?.status).toBe('pending')
    expect(after.messages[0]).toBe(before.messages[0])
  })
})

describe('settled', () => {
  const live = {
    ...freshGeneration('g', 'c', 'm', 0),
    done: true,
    stopReason: 'stop',
    timings: { tokens_per_second: 10 },
    blocks: [
      { type: 'thinking', text: 'Hm', id: '', name: '', open: false, startedAt: 10, endedAt: 35 },
      { type: 'text', text: 'Yes', id: '', name: '', open: false, startedAt: 35, endedAt: 40 },
    ],
  } satisfies ReturnType<typeof freshGeneration>

  it('says what the stream said', () => {
    expect(settled(message('m', null, { status: 'streaming' }), live)).toMatchObject({
      content: 'Yes',
      status: 'complete',
      finish_reason: 'stop',
      parts: [
        { type: 'thinking', text: 'Hm', duration_ms: 25 },
        { type: 'text', text: 'Yes' },
      ],
    })
  })

  it.each([
    [{ stopReason: 'cancelled' }, 'stopped'],
    [{ interrupted: true, error: { code: 'x', message: 'y' } }, 'interrupted'],
    [{ error: { code: 'x', message: 'y' } }, 'error'],
  ] as const)('knows how it ended: %j', (over, status) => {
    expect(settled(message('m', null), { ...live, ...over }).status).toBe(status)
  })

  it('tells the engine, which the end does not repeat', () => {
    const status = { engine: 'llamacpp' } as StatusFrame
    const told = settled({ ...message('m', null), metadata: { seed: 7 } }, { ...live, status })
    expect(told.metadata).toEqual({ seed: 7, engine: 'llamacpp' })
  })

  it('keeps how long Stop took', () => {
    const stopped = { ...live, stopReason: 'cancelled', stopMs: 40 }
    expect(settled(message('m', null), stopped).timings?.stop_ms).toBe(40)
  })
})

describe('localMessage', () => {
  it('is known as local and stands alone among its siblings', () => {
    const made = localMessage('c', null, 'user', [{ type: 'text', text: 'hi' }], 'k')
    expect(isLocal(made)).toBe(true)
    expect(made.siblings).toEqual([made.id])
    expect(made.content).toBe('hi')
    expect(isLocal(message('m', null))).toBe(false)
  })
})
