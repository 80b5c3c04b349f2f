/** How the frames of one generation become what the page shows. Pure; see docs/api.md, Frames. */
import type { BlockDelta, BlockStart, GenerationFrame, StatusFrame } from '@/api/frames'
import type { CallInfo, ErrorInfo, Message, Timings, Usage } from '@/api/types'
import { assertNever } from '@/lib/never'
import { type Pace, paced } from './pace'

export interface LiveBlock {
  type: 'text' | 'thinking' | 'tool_use'
  /** The text, the reasoning, or the JSON text of a call's arguments. */
  text: string
  id: string
  name: string
  /** What came of a call, where a tool server runs it. */
  call?: CallInfo | null
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
  /** When it was over (epoch ms). */
  endedAt: number | null
  /** How fast it comes. */
  pace: Pace
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
    endedAt: null,
    pace: [],
  }
}

/** The blocks of a stored message: where a rejoined or continued reply goes on. */
function blocksOf(message: Message, now: number): LiveBlock[] {
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
        return [
          {
            ...whole,
            type: 'tool_use',
            text: part.arguments,
            id: part.id,
            name: part.name,
            ...(part.state && { call: callOf(part) }),
          },
        ]
      case 'image':
      case 'file':
        return []
      default:
        assertNever(part)
        return []
    }
  })
}

/**
 * Whether `frame` tells something that `state` does not hold yet. `seq` counts events, of which one can
 * make several frames: the start of a block carries the number of the event before it. Deltas must never
 * be applied twice; the others may, and the end of a replayed reply carries no number of its own.
 */
function isNews(state: LiveGeneration, frame: GenerationFrame): boolean {
  switch (frame.type) {
    case 'content_block_delta':
    case 'status':
      return frame.seq > state.seq
    case 'content_block_start':
    case 'content_block_stop':
    case 'tool_update':
      return frame.seq >= state.seq
    case 'message_start':
      return state.seq === 0 && state.blocks.length === 0
    case 'message_delta':
    case 'message_stop':
    case 'snapshot':
    case 'error':
      return !state.done
    default:
      assertNever(frame)
      return false
  }
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
  if (!isNews(state, frame)) return state
  const next = { ...state, seq: Math.max(state.seq, frame.seq) }
  switch (frame.type) {
    case 'message_start':
      // A continued message brings what it says already.
      next.blocks = frame.message ? blocksOf(frame.message, now) : []
      return next
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
      next.pace = paced(state.pace, { at: now, seq: next.seq }, next.firstTokenAt)
      return next
    case 'content_block_stop':
      next.blocks = closed(state.blocks, now)
      return next
    case 'tool_update':
      next.blocks = updated(state.blocks, frame)
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
      const { code, message, remedy, param, detail, status, retry_after, sentence, values } = frame
      next.error = { code, message, remedy, param, detail, status, retry_after, sentence, values }
      next.interrupted = frame.interrupted ?? false
      return finished(next, now)
    }
    default:
      assertNever(frame)
      return next
  }
}

function restored(state: LiveGeneration, message: Message, now: number): LiveGeneration {
  const whole = message.status !== 'pending' && message.status !== 'streaming'
  const next: LiveGeneration = {
    ...state,
    blocks: blocksOf(message, now),
    pace: [],
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
  const blocks = closed(state.blocks, now)
  return { ...state, blocks, done: true, stopping: false, endedAt: state.endedAt ?? now }
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

/** `index` is the place of the part in the message. A block that is there already only learns its name. */
function begun(blocks: LiveBlock[], index: number, start: BlockStart, now: number): LiveBlock[] {
  const known = blocks[index]
  const block: LiveBlock =
    known?.type === start.type
      ? { ...known, open: true, endedAt: null }
      : emptyBlock(start.type, now)
  if (start.type === 'tool_use') {
    block.id = start.id ?? block.id
    block.name = start.name ?? block.name
  }
  return withBlock(blocks, index, block, now)
}

/** A call has come further; what is told takes the place of what was known. */
function updated(blocks: LiveBlock[], frame: CallInfo & { index: number }): LiveBlock[] {
  const block = blocks[frame.index]
  if (block?.type !== 'tool_use') return blocks
  const next = blocks.slice()
  next[frame.index] = { ...block, call: callOf(frame) }
  return next
}

/** What is known of a call, out of a part or a frame. */
export function callOf(from: Partial<CallInfo>): CallInfo | null {
  if (!from.state) return null
  return {
    state: from.state,
    round: from.round ?? 0,
    server: from.server ?? null,
    tool: from.tool ?? null,
    title: from.title ?? null,
    note: from.note ?? null,
    progress: from.progress ?? null,
    outputs: from.outputs ?? [],
    duration_ms: from.duration_ms ?? null,
    question: from.question ?? null,
    login: from.login ?? null,
    sentence: from.sentence ?? null,
    values: from.values ?? null,
  }
}

function grown(blocks: LiveBlock[], index: number, delta: BlockDelta, now: number): LiveBlock[] {
  const block = blocks[index] ?? emptyBlock(kinds[delta.type], now)
  return withBlock(blocks, index, { ...block, text: block.text + addition(delta) }, now)
}

function withBlock(blocks: LiveBlock[], index: number, block: LiveBlock, now: number): LiveBlock[] {
  const next = blocks.slice()
  // Holes would only come from a server that skips numbers; they must not break the page.
  while (next.length < index) next.push({ ...emptyBlock('text', now), open: false })
  next[index] = block
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
