/** What a reply shows, out of the stored message and, while there is one, its live generation. Pure. */
import type { StatusFrame } from '@/api/frames'
import type { CallInfo, ErrorInfo, FilePart, Message, Timings, Usage } from '@/api/types'
import { callOf, type LiveGeneration } from '@/features/chat/live'

export type Piece =
  | { type: 'text'; text: string; open: boolean }
  | { type: 'thinking'; text: string; open: boolean; startedAt: number | null; ms: number | null }
  | {
      type: 'tool_use'
      id: string
      name: string
      text: string
      open: boolean
      call: CallInfo | null
    }
  | { type: 'image'; url: string }
  | { type: 'file'; file: FilePart }

/** `waiting`: nothing has come yet. `writing`: it comes. The others are endings. */
export type ReplyState = 'waiting' | 'writing' | 'complete' | 'stopped' | 'interrupted' | 'error'

export interface ReplyView {
  state: ReplyState
  /** Comes out of a live generation, not only out of the store. */
  live: boolean
  pieces: Piece[]
  status: StatusFrame | null
  stopping: boolean
  error: ErrorInfo | null
  usage: Usage | null
  timings: Timings | null
  finishReason: string | null
  /** Milliseconds from Stop to the engine being free. */
  stopMs: number | null
}

function livePieces(live: LiveGeneration): Piece[] {
  return live.blocks.map((block): Piece => {
    const open = block.open && !live.done
    switch (block.type) {
      case 'thinking': {
        const ms = block.endedAt === null ? null : block.endedAt - block.startedAt
        return { type: 'thinking', text: block.text, open, startedAt: block.startedAt, ms }
      }
      case 'tool_use':
        return {
          type: 'tool_use',
          id: block.id,
          name: block.name,
          text: block.text,
          open,
          call: block.call ?? null,
        }
      default:
        return { type: 'text', text: block.text, open }
    }
  })
}

function storedPieces(message: Message): Piece[] {
  const pieces = message.parts.map((part): Piece => {
    switch (part.type) {
      case 'thinking':
        return {
          type: 'thinking',
          text: part.text,
          open: false,
          startedAt: null,
          ms: part.duration_ms ?? null,
        }
      case 'tool_use':
        return {
          type: 'tool_use',
          id: part.id,
          name: part.name,
          text: part.arguments,
          open: false,
          call: callOf(part),
        }
      case 'image':
        return { type: 'image', url: part.url }
      case 'file':
        return { type: 'file', file: part }
      default:
        return { type: 'text', text: part.text, open: false }
    }
  })
  if (pieces.length === 0 && message.content) {
    pieces.push({ type: 'text', text: message.content, open: false })
  }
  return pieces
}

function isFinal(message: Message): boolean {
  return message.status !== 'pending' && message.status !== 'streaming'
}

function liveState(live: LiveGeneration, message: Message, some: boolean): ReplyState {
  if (!live.done) return some ? 'writing' : 'waiting'
  if (live.error) return live.interrupted ? 'interrupted' : 'error'
  if (live.interrupted || live.stopReason === 'interrupted') return 'interrupted'
  if (live.stopReason === 'cancelled') return 'stopped'
  return message.status === 'stopped' || message.status === 'interrupted'
    ? message.status
    : 'complete'
}

function storedState(message: Message, some: boolean): ReplyState {
  switch (message.status) {
    case 'pending':
      return 'waiting'
    case 'streaming':
      return some ? 'writing' : 'waiting'
    default:
      return message.status
  }
}

/** Put message and live generation together; the live one knows better while it lasts. */
export function viewOf(message: Message, live: LiveGeneration | null): ReplyView {
  if (!live) {
    const pieces = storedPieces(message)
    return {
      state: storedState(message, pieces.length > 0),
      live: false,
      pieces,
      status: null,
      stopping: false,
      error: message.error,
      usage: message.usage,
      timings: message.timings,
      finishReason: message.finish_reason,
      stopMs: message.timings?.stop_ms ?? null,
    }
  }
  const images = storedPieces(message).filter(piece => piece.type === 'image')
  const pieces = [...livePieces(live), ...images]
  const final = live.done && isFinal(message)
  return {
    state: liveState(live, message, pieces.length > 0),
    live: true,
    pieces,
    status: live.status,
    stopping: live.stopping,
    error: live.error ?? (final ? message.error : null),
    usage: live.usage ?? (final ? message.usage : null),
    timings: live.timings ?? (final ? message.timings : null),
    finishReason: live.stopReason ?? (final ? message.finish_reason : null),
    stopMs:
      live.stopMs ?? live.timings?.stop_ms ?? (final ? message.timings?.stop_ms : null) ?? null,
  }
}

/** The answer's text alone, as it is copied. */
export function textOf(view: ReplyView): string {
  return view.pieces
    .map(piece => (piece.type === 'text' ? piece.text : ''))
    .join('')
    .trim()
}
