/**
 * The tab's one WebSocket, `/api/ws/chat`. It comes back by itself (backoff with jitter, at once when the
 * phone wakes or the network returns), notices a silent death by heartbeat, and on every return resumes
 * what is followed. Where no WebSocket gets through, each followed generation is read over SSE instead.
 */

import type { ClientFrame, ServerFrame } from '@/api/frames'
import { unauthorised, useSession } from '@/api/session'
import { readEvents } from './sse'

export interface LiveSettings {
  url: () => string
  /** Milliseconds between pings, and how long a socket may take to open or to answer one; then it is dead. */
  heartbeat: number
  patience: number
  /** First and longest wait before another try, in milliseconds. */
  backoff: [number, number]
  /** Tries without ever getting through after which SSE is used. */
  triesBeforeFallback: number
}

const defaults: LiveSettings = {
  url: () => `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/ws/chat`,
  heartbeat: 20_000,
  patience: 8_000,
  backoff: [300, 15_000],
  triesBeforeFallback: 3,
}

export interface LiveEvents {
  frame(frame: ServerFrame): void
  /** The socket opened (true) or was lost (false). */
  state(open: boolean): void
}

export class LiveSocket {
  private socket: WebSocket | null = null
  private readonly followed = new Map<string, () => number>()
  private readonly streams = new Map<string, AbortController>()
  private failures = 0
  private everOpen = false
  private retry: ReturnType<typeof setTimeout> | undefined
  private beat: ReturnType<typeof setInterval> | undefined
  private pong: ReturnType<typeof setTimeout> | undefined
  private closed = true

  constructor(
    private readonly events: LiveEvents,
    private readonly settings: LiveSettings = defaults,
  ) {}

  get open(): boolean {
    return this.socket?.readyState === WebSocket.OPEN
  }

  /** Whether the WebSocket was given up for SSE and plain requests. */
  get fallback(): boolean {
    return !this.everOpen && this.failures >= this.settings.triesBeforeFallback
  }

  connect(): void {
    if (!this.closed) return
    this.closed = false
    document.addEventListener('visibilitychange', this.wake)
    window.addEventListener('online', this.wake)
    window.addEventListener('pageshow', this.wake)
    this.dial()
  }

  close(): void {
    this.closed = true
    document.removeEventListener('visibilitychange', this.wake)
    window.removeEventListener('online', this.wake)
    window.removeEventListener('pageshow', this.wake)
    clearTimeout(this.retry)
    this.drop()
    for (const stream of this.streams.values()) stream.abort()
    this.streams.clear()
  }

  /** Send now; false where the socket is not open. */
  send(frame: ClientFrame): boolean {
    if (!this.open) return false
    this.socket?.send(JSON.stringify(frame))
    return true
  }

  /** Find out now whether the socket still lives: a dead one is lost soon, and what is followed resumed. */
  check(): void {
    this.ping()
  }

  /**
   * Keep receiving generation `id` until `unfollow`, across reconnects. `after` tells the number of the
   * last frame that was applied. `resume`: whether the server must be asked now; not so for a generation
   * that this very socket began.
   */
  follow(id: string, after: () => number, resume: boolean): void {
    this.followed.set(id, after)
    if (!resume) return
    if (this.fallback) this.stream(id)
    else if (this.open) this.send({ type: 'resume', generation_id: id, after: after() })
  }

  unfollow(id: string): void {
    this.followed.delete(id)
    this.streams.get(id)?.abort()
    this.streams.delete(id)
  }

  private dial(): void {
    clearTimeout(this.retry)
    // Strangers are let in nowhere; whoever logs in is told that the network is back.
    if (this.closed || useSession.getState().asked) return
    let socket: WebSocket
    try {
      socket = new WebSocket(this.settings.url())
    } catch {
      this.lost()
      return
    }
    this.socket = socket
    // Where nobody refuses and nobody answers, browsers would wait for minutes.
    this.pong = setTimeout(() => this.lost(), this.settings.patience)
    socket.onopen = () => this.opened()
    socket.onmessage = event => this.received(event.data)
    socket.onclose = event => {
      // Policy violation: whoever was here may be so no more.
      if (event.code === 1008) unauthorised()
      if (this.socket === socket) this.lost()
    }
  }

  private opened(): void {
    clearTimeout(this.pong)
    this.pong = undefined
    this.failures = 0
    this.everOpen = true
    for (const stream of this.streams.values()) stream.abort()
    this.streams.clear()
    this.send({ type: 'subscribe', topics: ['chats', 'instances'] })
    for (const [id, after] of this.followed) {
      this.send({ type: 'resume', generation_id: id, after: after() })
    }
    this.beat = setInterval(this.ping, this.settings.heartbeat)
    this.events.state(true)
  }

  private received(data: unknown): void {
    clearTimeout(this.pong)
    this.pong = undefined
    let frame: ServerFrame
    try {
      frame = JSON.parse(String(data)) as ServerFrame
    } catch {
      return
    }
    this.events.frame(frame)
  }

  private lost(): void {
    const wasOpen = this.beat !== undefined
    this.drop()
    if (this.closed) return
    this.failures += 1
    if (wasOpen || this.failures === 1) this.events.state(false)
    if (this.fallback) for (const id of this.followed.keys()) this.stream(id)
    const [first, longest] = this.settings.backoff
    const wait = Math.min(longest, first * 2 ** (this.failures - 1))
    // Full jitter: after a restart of the server not all tabs come back in the same instant.
    this.retry = setTimeout(() => this.dial(), wait / 2 + (Math.random() * wait) / 2)
  }

  private drop(): void {
    clearInterval(this.beat)
    clearTimeout(this.pong)
    this.beat = undefined
    this.pong = undefined
    const socket = this.socket
    this.socket = null
    if (socket) {
      socket.onopen = null
      socket.onmessage = null
      socket.onclose = null
      socket.close()
    }
  }

  private readonly ping = () => {
    if (!this.open) return
    this.send({ type: 'ping' })
    this.pong ??= setTimeout(() => this.lost(), this.settings.patience)
  }

  /** The page is looked at again or the network is back: a sleeping phone's socket may be a corpse. */
  private readonly wake = () => {
    if (this.closed || document.visibilityState === 'hidden') return
    if (this.open) {
      this.ping()
    } else if (this.socket?.readyState !== WebSocket.CONNECTING) {
      this.failures = Math.min(this.failures, this.settings.triesBeforeFallback)
      this.dial()
    }
  }

  private stream(id: string): void {
    const after = this.followed.get(id)
    if (!after || this.streams.has(id)) return
    const abort = new AbortController()
    this.streams.set(id, abort)
    const url = `/api/generations/${encodeURIComponent(id)}/events?after=${after()}`
    readEvents(url, { signal: abort.signal }, data => this.received(data))
      .catch(() => undefined)
      .then(() => {
        if (this.streams.get(id) !== abort) return
        // Ended before the generation did: the next failed dial asks again.
        this.streams.delete(id)
      })
  }
}
