/** What goes over the live socket, and the stream of one reply. */
import type {
  CallInfo,
  CompletionBody,
  ErrorInfo,
  Instance,
  Message,
  MessageStatus,
  Timings,
  Usage,
} from './types'

export type Phase = 'queued' | 'loading' | 'prefill' | 'decoding' | 'tools' | 'approval'

export interface StatusFrame {
  type: 'status'
  phase: Phase
  /** How many requests are before this one. */
  position?: number | null
  /** 0 to 1. */
  progress?: number | null
  eta_seconds?: number | null
  bytes_done?: number | null
  bytes_total?: number | null
  prompt_tokens?: number | null
  cached_tokens?: number | null
  engine?: string | null
  model?: string | null
}

/** What a frame of a generation carries besides its own fields. */
interface OfGeneration {
  generation_id: string
  seq: number
}

export type BlockStart =
  | { type: 'text' }
  | { type: 'thinking' }
  | { type: 'tool_use'; id?: string; name?: string }

export type BlockDelta =
  | { type: 'text_delta'; text: string }
  | { type: 'thinking_delta'; thinking: string }
  | { type: 'input_json_delta'; partial_json: string }

export interface MessageStart {
  type: 'message_start'
  request_id?: string | null
  /** Null, as the messages are, where nothing is stored. */
  chat_id: string | null
  user_message: Message | null
  message: Message | null
}

export interface ErrorFrame extends Omit<ErrorInfo, 'type'> {
  type: 'error'
  interrupted?: boolean
  request_id?: string | null
}

/** Frames that belong to a generation. */
export type GenerationFrame = OfGeneration &
  (
    | MessageStart
    | StatusFrame
    | { type: 'content_block_start'; index: number; content_block: BlockStart }
    | { type: 'content_block_delta'; index: number; delta: BlockDelta }
    | { type: 'content_block_stop'; index: number }
    | ({ type: 'tool_update'; index: number; id: string } & CallInfo)
    | {
        type: 'message_delta'
        stop_reason?: string | null
        usage?: Usage | null
        timings?: Timings | null
      }
    | { type: 'message_stop' }
    | { type: 'snapshot'; message: Message }
    | ErrorFrame
  )

export type ChatChangeKind = 'created' | 'updated' | 'deleted' | 'title' | 'message'

/** How far a reply is that any tab or device may have asked for. */
export interface ReplyChanged {
  type: 'reply_changed'
  chat_id: string
  message_id: string
  /** The run that writes it: not `generation_id`, which frames of its log have. */
  generation: string
  /** `waiting`: a call of a tool waits for the person's word. */
  state: 'writing' | 'waiting' | 'ended'
  /** The message's, once it has ended. */
  status: MessageStatus | null
  /** What it has taken so far. */
  seconds: number
}

/** Frames about anything else. */
export type SessionFrame =
  | { type: 'session_start'; session_id: string; version: string }
  | {
      type: 'chat_changed'
      chat_id: string
      rev: number
      change: ChatChangeKind
      origin?: string | null
    }
  | ReplyChanged
  | { type: 'instance_changed'; instance: Instance }
  | { type: 'pong' }
  | (ErrorFrame & { generation_id?: undefined; seq?: undefined })

export type ServerFrame = GenerationFrame | SessionFrame

export type ClientFrame =
  | ({ type: 'chat'; request_id: string } & CompletionBody)
  | { type: 'stop'; generation_id: string }
  | { type: 'resume'; generation_id: string; after: number }
  | { type: 'subscribe'; topics: ('chats' | 'instances')[] }
  | { type: 'ping' }
