/** How the frames of one generation become what the page shows. Pure; see docs/api.md, Frames. */
import type {
  BlockDelta,
  BlockStart,
  ErrorInfo,
  GenerationFrame,
  Message,
  StatusFrame,
  Timings,
  Usage,
} from '@/api/types'
import { assertNever } from '@/lib/never'

export interface LiveBlock {
  type: 'text' | 'thinking' | 'tool_use'
  /** The text, the reasoning, or the JSON text of a call's arguments. */
  text: string
  id: string
  name: string
  /** False once the block is whole. */
  open: boolean
  /** Milliseconds since the epoch: when the block began and ended in this tab. */
  startedAt: number
  endedAt: number | null
}

export interface LiveGeneration {
  id: string
  chatId: string
  messageId: string
  /** Number of the last frame that was applied. */
  seq: number
  status: StatusFrame | null
  blocks: LiveBlock[]
  usage: Usage | null
  timings: Timings | null
  stopReason: string | null
  error: ErrorInfo | null
  /** The error left an answer that can be continued. */
  interrupted: boolean
  done: boolean
  /** Stop was pressed here and the server has not confirmed it yet. */
  stopping: boolean
  /** Milliseconds from Stop to the engine being free, once known. */
  stopMs: number | null
  /** When this tab began to follow, and when the first and the newest token came (epoch ms). */
  startedAt: number
  firstTokenAt: number | null
  lastTokenAt: number | null
}

export function freshGeneration(
  id: string,
  chatId: string,
  messageId: string,
  now: number,
): LiveGeneration {
  return {
    id,
    chatId,
    messageId,
    seq: 0,
    status: null,
    blocks: [],
    usage: null,
    timings: null,
    stopReason: null,
    error: null,
    interrupted: false,
    done: false,
    stopping: false,
    stopMs: null,
    startedAt: now,
    firstTokenAt: null,
    lastTokenAt: null,
  }
}

/** The blocks of a stored message: where a rejoined or continued reply goes on. */
export function blocksOf(message: Message, now: number): LiveBlock[] {
  const whole = { open: false, id: '', name: '', startedAt: now, endedAt: now }
  return message.parts.flatMap((part): LiveBlock[] => {
    switch (part.type) {
      case 'text':
        return [{ ...whole, type: 'text', text: part.text }]
      case 'thinking':
        return [
          { ...whole, type: 'thinking', text: part.text, startedAt: now - (part.duration_ms ?? 0) },
        ]
      case 'tool_use':
        return [{ ...whole, type: 'tool_use', text: part.arguments, id: part.id, name: part.name }]
      case 'image':
        return []
      default:
        assertNever(part)
        return []
    }
  })
}

/**
 * Return `state` with `frame` applied. Frames that were seen already change nothing, so a replay after
 * a reconnect is harmless. What a frame does not touch keeps its identity.
 */
export function applyFrame(
  state: LiveGeneration,
  frame: GenerationFrame,
  now: number,
): LiveGeneration {
  if (frame.type === 'message_start') return started(state, frame.message, now)
  if (frame.type !== 'snapshot' && frame.seq <= state.seq) return state
  const next = { ...state, seq: Math.max(state.seq, frame.seq) }
  switch (frame.type) {
    case 'status':
      next.status = frame
      return next
    case 'content_block_start':
      next.blocks = begun(state.blocks, frame.index, frame.content_block, now)
      return next
    case 'content_block_delta':
      next.blocks = grown(state.blocks, frame.index, frame.delta, now)
      next.firstTokenAt = state.firstTokenAt ?? now
      next.lastTokenAt = now
      return next
    case 'content_block_stop':
      next.blocks = closed(state.blocks, now)
      return next
    case 'message_delta':
      next.usage = frame.usage ?? state.usage
      next.timings = frame.timings ?? state.timings
      next.stopReason = frame.stop_reason ?? state.stopReason
      next.stopMs = frame.timings?.stop_ms ?? state.stopMs
      return next
    case 'message_stop':
      return finished(next, now)
    case 'snapshot':
      return restored(next, frame.message, now)
    case 'error': {
      const { code, message, remedy, param, detail, status } = frame
      next.error = { code, message, remedy, param, detail, status }
      next.interrupted = frame.interrupted ?? false
      return finished(next, now)
    }
    default:
      assertNever(frame)
      return next
  }
}

function started(state: LiveGeneration, message: Message, now: number): LiveGeneration {
  // Seq 0: nothing but the beginning. A continued message brings what it says already.
  if (state.seq > 0 || state.blocks.length > 0 || message.parts.length === 0) return state
  return { ...state, blocks: blocksOf(message, now) }
}

function restored(state: LiveGeneration, message: Message, now: number): LiveGeneration {
  const whole = message.status !== 'pending' && message.status !== 'streaming'
  const next: LiveGeneration = {
    ...state,
    blocks: blocksOf(message, now),
    usage: message.usage ?? state.usage,
    timings: message.timings ?? state.timings,
    stopReason: message.finish_reason ?? state.stopReason,
    error: message.error ?? state.error,
    interrupted: message.status === 'interrupted',
  }
  if (next.blocks.length > 0) next.firstTokenAt = state.firstTokenAt ?? now
  return whole ? finished(next, now) : next
}

function finished(state: LiveGeneration, now: number): LiveGeneration {
  return { ...state, blocks: closed(state.blocks, now), done: true, stopping: false }
}

/** Blocks end in the order they began, so one that ends ends all that are open. */
function closed(blocks: LiveBlock[], now: number): LiveBlock[] {
  if (!blocks.some(block => block.open)) return blocks
  return blocks.map(block => (block.open ? { ...block, open: false, endedAt: now } : block))
}

const kinds = {
  text_delta: 'text',
  thinking_delta: 'thinking',
  input_json_delta: 'tool_use',
} as const

function emptyBlock(type: LiveBlock['type'], now: number): LiveBlock {
  return { type, text: '', id: '', name: '', open: true, startedAt: now, endedAt: null }
}

/**
 * Where block `index` of the wire stands among `blocks`, or -1. A reader that comes back, or a message
 * that is continued, begins in the middle: there the wire's count and ours differ. But two blocks of
 * text (or of thinking) never follow each other, so more of the same kind always goes to the last one.
 */
function place(blocks: LiveBlock[], index: number, type: LiveBlock['type'], id?: string): number {
  if (type !== 'tool_use') return blocks.at(-1)?.type === type ? blocks.length - 1 : -1
  if (id) return blocks.findIndex(block => block.id === id)
  if (blocks[index]?.type === type) return index
  return blocks.findLastIndex(block => block.type === type)
}

function begun(blocks: LiveBlock[], index: number, start: BlockStart, now: number): LiveBlock[] {
  const id = start.type === 'tool_use' ? start.id : undefined
  // A call without an id cannot be told from the one before it: it is a new one.
  const at = start.type === 'tool_use' && !id ? -1 : place(blocks, index, start.type, id)
  if (at >= 0) {
    return blocks.map((block, i) => (i === at ? { ...block, open: true, endedAt: null } : block))
  }
  const block = emptyBlock(start.type, now)
  if (start.type === 'tool_use') {
    block.id = start.id ?? ''
    block.name = start.name ?? ''
  }
  return [...blocks, block]
}

function grown(blocks: LiveBlock[], index: number, delta: BlockDelta, now: number): LiveBlock[] {
  const type = kinds[delta.type]
  const next = blocks.slice()
  const found = place(blocks, index, type)
  const at = found >= 0 ? found : next.push(emptyBlock(type, now)) - 1
  const block = next[at]
  if (block) next[at] = { ...block, text: block.text + addition(delta) }
  return next
}

function addition(delta: BlockDelta): string {
  switch (delta.type) {
    case 'text_delta':
      return delta.text
    case 'thinking_delta':
      return delta.thinking
    case 'input_json_delta':
      return delta.partial_json
    default:
      assertNever(delta)
      return ''
  }
}
