import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ClientFrame, ServerFrame } from '@/api/frames'
import { LiveSocket } from './live'

class FakeSocket {
  static readonly OPEN = 1
  static readonly CONNECTING = 0
  static made: FakeSocket[] = []
  readyState = 0
  sent: ClientFrame[] = []
  onopen: (() => void) | null = null
  onmessage: ((event: { data: string }) => void) | null = null
  onclose: ((event: { code: number }) => void) | null = null

  constructor(readonly url: string) {
    FakeSocket.made.push(this)
  }

  send(text: string) {
    this.sent.push(JSON.parse(text))
  }

  close() {
    this.readyState = 3
  }

  accept() {
    this.readyState = 1
    this.onopen?.()
  }

  die() {
    this.readyState = 3
    this.onclose?.({ code: 1006 })
  }

  say(frame: unknown) {
    this.onmessage?.({ data: JSON.stringify(frame) })
  }
}

const settings = {
  url: () => 'ws://test/',
  heartbeat: 1_000,
  patience: 500,
  backoff: [100, 800] as [number, number],
  triesBeforeFallback: 3,
}

let frames: ServerFrame[]
let states: boolean[]
let live: LiveSocket

const latest = () => {
  const socket = FakeSocket.made.at(-1)
  if (!socket) throw new Error('no socket was made')
  return socket
}
const resumes = (socket: FakeSocket) => socket.sent.filter(frame => frame.type === 'resume')

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('WebSocket', FakeSocket)
  FakeSocket.made = []
  frames = []
  states = []
  live = new LiveSocket(
    { frame: frame => frames.push(frame), state: open => states.push(open) },
    settings,
  )
  live.connect()
})

afterEach(() => {
  live.close()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('LiveSocket', () => {
  it('subscribes when it opens and passes frames on', () => {
    latest().accept()
    latest().say({ type: 'pong' })
    expect(latest().sent[0]).toEqual({ type: 'subscribe', topics: ['chats', 'instances'] })
    expect(frames).toEqual([{ type: 'pong' }])
    expect(states).toEqual([true])
  })

  it('lets damaged frames go by', () => {
    latest().accept()
    latest().onmessage?.({ data: '{"type":' })
    latest().say({ type: 'pong' })
    expect(frames).toEqual([{ type: 'pong' }])
  })

  it('comes back after a loss and resumes each followed generation from its last frame', () => {
    latest().accept()
    let seen = 0
    live.follow('g1', () => seen, false)
    live.follow('g2', () => 4, true)
    expect(resumes(latest())).toEqual([{ type: 'resume', generation_id: 'g2', after: 4 }])
    seen = 17
    latest().die()
    vi.advanceTimersByTime(200)
    expect(FakeSocket.made).toHaveLength(2)
    latest().accept()
    expect(resumes(latest())).toEqual([
      { type: 'resume', generation_id: 'g1', after: 17 },
      { type: 'resume', generation_id: 'g2', after: 4 },
    ])
    expect(states).toEqual([true, false, true])
  })

  it('does not resume what is no longer followed', () => {
    latest().accept()
    live.follow('g1', () => 1, false)
    live.unfollow('g1')
    latest().die()
    vi.advanceTimersByTime(200)
    latest().accept()
    expect(resumes(latest())).toEqual([])
  })

  it('waits longer from try to try, within its bound', () => {
    latest().accept()
    latest().die()
    for (let tries = 2; tries < 10; tries++) {
      for (let waited = 0; FakeSocket.made.length < tries; waited += 50) {
        expect(waited).toBeLessThan(settings.backoff[1])
        vi.advanceTimersByTime(50)
      }
      latest().die()
    }
  })

  it('takes a socket that answers no ping for dead', () => {
    latest().accept()
    vi.advanceTimersByTime(settings.heartbeat)
    expect(latest().sent.at(-1)).toEqual({ type: 'ping' })
    vi.advanceTimersByTime(settings.patience)
    expect(states).toEqual([true, false])
    vi.advanceTimersByTime(200)
    expect(FakeSocket.made).toHaveLength(2)
  })

  it('takes a socket that does not open for dead', () => {
    vi.advanceTimersByTime(settings.patience)
    expect(states).toEqual([false])
    vi.advanceTimersByTime(200)
    expect(FakeSocket.made).toHaveLength(2)
    latest().accept()
    vi.advanceTimersByTime(settings.patience)
    expect(states).toEqual([false, true])
  })

  it('finds out that it is dead when it is asked', () => {
    latest().accept()
    live.check()
    expect(latest().sent.at(-1)).toEqual({ type: 'ping' })
    vi.advanceTimersByTime(settings.patience)
    expect(states).toEqual([true, false])
  })

  it('takes any frame for a sign of life', () => {
    latest().accept()
    vi.advanceTimersByTime(settings.heartbeat)
    latest().say({ type: 'pong' })
    vi.advanceTimersByTime(settings.patience)
    expect(states).toEqual([true])
  })

  it('asks at once when a sleeping page is looked at again', () => {
    latest().accept()
    document.dispatchEvent(new Event('visibilitychange'))
    expect(latest().sent.at(-1)).toEqual({ type: 'ping' })
    latest().die()
    window.dispatchEvent(new Event('online'))
    expect(FakeSocket.made).toHaveLength(2)
  })

  it('stays closed once it was closed', () => {
    latest().accept()
    live.close()
    vi.advanceTimersByTime(60_000)
    window.dispatchEvent(new Event('online'))
    expect(FakeSocket.made).toHaveLength(1)
  })

  it('reads what it follows over SSE where no WebSocket gets through', async () => {
    const asked: string[] = []
    vi.stubGlobal('fetch', async (url: string) => {
      asked.push(url)
      return new Response('id: 3\ndata: {"type":"pong"}\n\n')
    })
    live.follow('g/1', () => 2, true)
    for (let tries = 0; tries < settings.triesBeforeFallback; tries++) {
      latest().die()
      await vi.advanceTimersByTimeAsync(settings.backoff[1])
    }
    expect(live.fallback).toBe(true)
    expect(asked[0]).toBe('/api/generations/g%2F1/events?after=2')
    expect(frames[0]).toEqual({ type: 'pong' })
  })
})
