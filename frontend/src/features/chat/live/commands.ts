/** What the page asks of the live connection: begin a reply, follow one, stop one. */
import { answerPatience, askAgain } from '@/api/again'
import { request } from '@/api/client'
import { lost, reached } from '@/api/contact'
import { ApiError, OfflineError } from '@/api/errors'
import type { GenerationFrame, ServerFrame, SessionFrame } from '@/api/frames'
import type { CompletionBody, Message, StopAnswer } from '@/api/types'
import { newId } from '@/lib/ids'
import { LiveSocket } from '@/lib/live'
import { readEvents } from '@/lib/sse'
import type { LiveGeneration } from './state'
import { apply, current, drop, open, patch } from './store'

/** What the server has stored before the first token. */
export interface Begun {
  generationId: string
  chatId: string
  userMessage: Message | null
  message: Message
}

interface Pending {
  body: CompletionBody & { type: 'chat'; request_id: string }
  resolve(begun: Begun): void
  reject(error: Error): void
}

type SessionListener = (frame: SessionFrame) => void
type FinishedListener = (live: LiveGeneration) => void

/** How the server names this tab in what it tells of changes; null until the socket has opened. */
let session: string | null = null
const pending = new Map<string, Pending>()
const sessionListeners = new Set<SessionListener>()
const finishedListeners = new Set<FinishedListener>()
/** Generations the server knows nothing of any more. */
const gone = new Set<string>()
/** How long a request waits for the socket before plain HTTP is used, in milliseconds. */
const socketPatience = 2_500

const socket = new LiveSocket({ frame: received, state: changed })

/** Whether a change was made by this tab. */
export function isOurs(origin: string | null | undefined): boolean {
  return origin != null && origin === session
}

/** Open the live connection; the returned function closes it. */
export function connectLive(): () => void {
  socket.connect()
  return () => socket.close()
}

/** Hear every frame that belongs to no generation. */
export function onSession(listener: SessionListener): () => void {
  sessionListeners.add(listener)
  return () => sessionListeners.delete(listener)
}

/** Hear of each followed generation when it is over, its live state still being shown. */
export function onFinished(listener: FinishedListener): () => void {
  finishedListeners.add(listener)
  return () => finishedListeners.delete(listener)
}

/**
 * Begin a reply. Resolves when both messages are stored; from then on `useLiveGeneration` shows it.
 * Where the answer is lost on the way, the same request is made again: by its `client_id` the server knows it.
 * @throws ApiError: nothing was begun. OfflineError: the server did not answer for long.
 */
export async function sendChat(body: CompletionBody): Promise<Begun> {
  const full = { client_id: newId(), ...body, type: 'chat' as const, request_id: newId() }
  return askAgain(async () => {
    const line = !socket.fallback && (socket.open || (await opened()))
    return line ? overSocket(full) : overHttp(full)
  })
}

/** Follow a generation that was begun elsewhere or before a reload. Harmless when repeated. */
export function followGeneration(id: string, chatId: string, messageId: string): void {
  if (current(id) || gone.has(id)) return
  open(id, chatId, messageId)
  socket.follow(id, () => current(id)?.seq ?? 0, true)
}

/** Forget a finished generation; its stored message tells the rest. */
export function forgetGeneration(id: string): void {
  socket.unfollow(id)
  drop(id)
}

/**
 * Stop a generation; resolves when the engine is free.
 * @throws ApiError, OfflineError
 */
export async function stopGeneration(id: string): Promise<StopAnswer> {
  patch(id, { stopping: true })
  socket.check()
  try {
    const path = `/api/generations/${encodeURIComponent(id)}/stop`
    const answer = await request<StopAnswer>(path, { method: 'POST' })
    patch(id, { stopping: false, stopMs: answer.stop_ms })
    return answer
  } catch (error) {
    patch(id, { stopping: false })
    throw error
  }
}

function opened(): Promise<boolean> {
  return new Promise(resolve => {
    const start = performance.now()
    const look = setInterval(() => {
      const over = socket.open || socket.fallback || performance.now() - start > socketPatience
      if (!over) return
      clearInterval(look)
      resolve(socket.open)
    }, 25)
  })
}

function overSocket(body: Pending['body']): Promise<Begun> {
  return new Promise<Begun>((resolve, reject) => {
    pending.set(body.request_id, { body, resolve, reject })
    socket.send(body)
    // It may be a corpse that takes everything: then the request goes over the next one.
    socket.check()
  }).finally(() => pending.delete(body.request_id))
}

function overHttp(body: Pending['body']): Promise<Begun> {
  const { type: _type, ...plain } = body
  return new Promise<Begun>((resolve, reject) => {
    let begun: Begun | null = null
    const unanswered = new AbortController()
    const patience = setTimeout(() => unanswered.abort(), answerPatience)
    const each = (data: string) => {
      const frame = JSON.parse(data) as GenerationFrame
      if (frame.type === 'message_start') begun = begin(frame)
      received(frame)
      if (begun) {
        clearTimeout(patience)
        resolve(begun)
      } else if (frame.type === 'error') reject(new ApiError(frame, frame.status ?? 500))
    }
    const init = {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(session && { 'x-session-id': session }),
      },
      body: JSON.stringify({ ...plain, stream: true }),
      signal: unanswered.signal,
    }
    readEvents('/api/chat/completion', init, each)
      .then(() => reject(new OfflineError('The server ended the answer before it began')))
      .catch((error: unknown) => {
        if (!(error instanceof ApiError)) lost()
        reject(error instanceof ApiError ? error : new OfflineError('The server does not answer'))
      })
      .finally(() => {
        clearTimeout(patience)
        // Cut off in the middle: the socket, or its fallback, goes on from the last frame.
        const id = begun?.generationId
        if (id && !current(id)?.done) socket.follow(id, () => current(id)?.seq ?? 0, true)
      })
  })
}

/** Begin to follow what has been stored; null for a run that is not. */
function begin(frame: GenerationFrame & { type: 'message_start' }): Begun | null {
  if (!frame.message || !frame.chat_id) return null
  open(frame.generation_id, frame.chat_id, frame.message.id)
  return {
    generationId: frame.generation_id,
    chatId: frame.chat_id,
    userMessage: frame.user_message,
    message: frame.message,
  }
}

function isOfGeneration(frame: ServerFrame): frame is GenerationFrame {
  return 'generation_id' in frame && typeof frame.generation_id === 'string'
}

function received(frame: ServerFrame): void {
  reached()
  if (frame.type === 'message_start') {
    const waiting = frame.request_id ? pending.get(frame.request_id) : undefined
    if (waiting) {
      const begun = begin(frame)
      if (!begun) return
      socket.follow(begun.generationId, () => current(begun.generationId)?.seq ?? 0, false)
      waiting.resolve(begun)
    }
  }
  if (frame.type === 'error' && frame.request_id) {
    const waiting = pending.get(frame.request_id)
    waiting?.reject(new ApiError(frame, frame.status ?? 500))
  }
  if (!isOfGeneration(frame)) {
    if (frame.type === 'session_start') session = frame.session_id
    for (const listener of sessionListeners) listener(frame)
    return
  }
  const before = current(frame.generation_id)
  if (before && frame.type === 'error' && frame.code === 'not_found') {
    leave(before)
    return
  }
  const after = apply(frame)
  if (after?.done && !before?.done) {
    socket.unfollow(after.id)
    for (const listener of finishedListeners) listener(after)
  }
}

/** The server does not know a generation that was followed: only the stored chat can tell how it ended. */
function leave(live: LiveGeneration): void {
  gone.add(live.id)
  forgetGeneration(live.id)
  const rev = Number.MAX_SAFE_INTEGER
  for (const listener of sessionListeners) {
    listener({ type: 'chat_changed', chat_id: live.chatId, rev, change: 'message' })
  }
}

let givingUp: ReturnType<typeof setTimeout> | undefined

function changed(isOpen: boolean): void {
  clearTimeout(givingUp)
  if (isOpen) {
    reached()
    for (const { body } of pending.values()) socket.send(body)
    return
  }
  lost()
  givingUp = setTimeout(() => {
    for (const { reject } of pending.values())
      reject(new OfflineError('The server does not answer'))
  }, answerPatience)
}
