/** The shapes of docs/api.md. Times are ISO 8601 in UTC, durations milliseconds, sizes bytes. */

export interface ErrorInfo {
  code: string
  message: string
  type?: string
  status?: number
  remedy?: string | null
  param?: string | null
  detail?: string | null
  retry_after?: number | null
  /** Names the message, and what stands in it, for saying it in another language. */
  sentence?: string | null
  values?: Readonly<Record<string, string | number>> | null
}

export interface Usage {
  prompt_tokens?: number
  completion_tokens?: number
  cached_tokens?: number
  reasoning_tokens?: number
}

export interface Timings {
  queue_ms?: number
  load_ms?: number
  prompt_ms?: number | null
  time_to_first_token_ms?: number | null
  generation_ms?: number | null
  tokens_per_second?: number | null
  prompt_tokens_per_second?: number | null
  stop_ms?: number | null
}

/** An attached file, as a message keeps it. Images have a size in pixels. */
export interface FilePart {
  type: 'file'
  file_id: string
  name: string
  media_type: string
  size: number
  width: number | null
  height: number | null
  tokens: number
  /** How many of its pages are read; null: all. */
  pages: number | null
  /** How many pages it has; null: it is an image. */
  total: number | null
  /** Its owner removed the file: only the name is left. */
  gone: boolean
}

/** `written`: nobody here runs it. `waiting`: for a person. `cut`: nobody knows what it came to. */
export type CallState = 'written' | 'waiting' | 'running' | 'done' | 'failed' | 'denied' | 'cut'

/** A piece of a tool's result; of an image a `data:` URL. Never HTML. */
export interface ToolOutput {
  kind: 'text' | 'json' | 'image' | 'link'
  text: string
}

/** What is to be entered. `least` and `most` bound a number, a text's characters, or how many it takes. */
export interface QuestionField {
  name: string
  kind: 'string' | 'number' | 'integer' | 'boolean' | 'choice' | 'choices'
  title: string
  description: string
  required: boolean
  default: string | number | boolean | string[] | null
  /** Of a string: `email`, `uri`, `date` or `date-time`. */
  format: string | null
  least: number | null
  most: number | null
  options: { value: string; label: string }[]
}

/** What a server asks the person in the middle of a call: a form to fill in, or an address to open. */
export interface Question {
  id: string
  message: string
  fields: QuestionField[]
  url: string | null
  /** The call can run only once the person says that what is to be done at `url` is done. */
  first?: boolean
}

/** What is known of a call by now. */
export interface CallInfo {
  state: CallState
  round: number
  server: string | null
  tool: string | null
  title: string | null
  note: string | null
  progress: number | null
  outputs: ToolOutput[]
  duration_ms: number | null
  /** What it waits for, while it runs. */
  question: Question | null
  /** The id of a server that the person has to log in at. */
  login: string | null
  /** Names the note; `detail` among its values is what the server said. */
  sentence: string | null
  values: ErrorInfo['values'] | null
}

export type Part =
  | { type: 'text'; text: string }
  | { type: 'thinking'; text: string; duration_ms?: number | null }
  | ({ type: 'tool_use'; id: string; name: string; arguments: string } & Partial<CallInfo>)
  | { type: 'image'; url: string }
  | FilePart

export type Role = 'system' | 'user' | 'assistant' | 'tool'

export type MessageStatus =
  | 'pending'
  | 'streaming'
  | 'complete'
  | 'stopped'
  | 'interrupted'
  | 'error'

export interface Message {
  id: string
  chat_id: string
  parent_id: string | null
  role: Role
  content: string
  parts: Part[]
  status: MessageStatus
  model: string | null
  client_id?: string | null
  timestamp: string
  created_at: string
  updated_at: string
  metadata: Record<string, unknown>
  usage: Usage | null
  timings: Timings | null
  finish_reason: string | null
  error: ErrorInfo | null
  generation_id: string | null
  /** All children of the same parent, oldest first, this one included. */
  siblings: string[]
}

/** Generation parameters in OpenAI's words. */
export interface GenerationParams {
  temperature?: number | null
  top_p?: number | null
  max_tokens?: number | null
  seed?: number | null
  stop?: string[] | null
  [other: string]: unknown
}

/** The persona of a chat, as it was when it was chosen. */
export interface ChatPersona {
  id: string
  name: string
  letter: string
  colour: string
  opening: string
  suggestions: string[]
  updated_at: string
}

export interface Chat {
  id: string
  title: string
  title_by: 'person' | 'model' | 'fallback'
  title_html?: string
  user_id: string
  model: string | null
  system_prompt: string | null
  temperature: number | null
  max_tokens: number | null
  params: GenerationParams
  persona: ChatPersona | null
  created_at: string
  updated_at: string
  last_message_at: string
  archived: boolean
  pinned: boolean
  folder: string | null
  tags: string[]
  active_leaf: string | null
  rev: number
  /** Ids of the generations running now. */
  live: string[]
  /** A call of a tool waits for the person's word. */
  waiting: boolean
}

export interface ChatWithMessages extends Chat {
  messages: Message[]
  has_more: boolean
}

export interface ChatPage {
  items: Chat[]
  next_cursor: string | null
}

export interface MessagePage {
  messages: Message[]
  has_more: boolean
}

/** What PUT /api/chats/{id} takes; `rev` makes the server refuse a stale write with 409. */
export type ChatChange = Partial<
  Pick<
    Chat,
    | 'title'
    | 'model'
    | 'system_prompt'
    | 'temperature'
    | 'max_tokens'
    | 'params'
    | 'folder'
    | 'tags'
    | 'archived'
    | 'pinned'
    | 'active_leaf'
    | 'rev'
  >
> & {
  persona_id?: string | null
  /** Go down from `active_leaf` to the newest leaf below it. */
  settle?: boolean
}

export interface SearchHit {
  chat_id: string
  title: string
  title_html?: string | null
  message_id: string | null
  role: Role | null
  /** HTML-escaped text in which the hits stand in `<mark>`. */
  snippet: string
  score: number
  timestamp: string
}

export type ContentPart =
  | { type: 'text'; text: string }
  | { type: 'image'; url: string }
  | { type: 'file'; file_id: string; pages?: number | null }

/** Body of POST /api/chat/completion and of the WebSocket's `chat` frame. */
export interface CompletionBody {
  model?: string | null
  chat_id?: string
  parent_id?: string | null
  content?: string | ContentPart[]
  client_id?: string
  system_prompt?: string | null
  params?: GenerationParams
  continue_message_id?: string
}

export interface StopAnswer {
  generation_id: string
  stopped: boolean
  stop_ms: number | null
  message: Message | null
}

/** What would make a prompt fit; what else is set depends on `kind`. */
export interface ContextRemedy {
  kind: 'pages' | 'without_tools' | 'summarise' | 'new_chat' | 'larger_context' | 'other_model'
  file_id: string | null
  pages: number | null
  model: string | null
  context_length: number | null
}

export interface ContextCount {
  prompt_tokens: number
  context_length: number | null
  exact: boolean
  /** How many tools the model is told, and are counted. */
  tools: number
  /** Tokens that are too many. */
  over: number
  /** Ids of the earliest messages, which would have to go. */
  beyond: string[]
  /** Names of earlier images that the model is not shown. */
  unseen: string[]
  remedies: ContextRemedy[]
}

export type ModelState =
  | 'ready'
  | 'loading'
  | 'starting'
  | 'restarting'
  | 'unreachable'
  | 'stopping'
  | 'stopped'
  | 'failed'
  | 'not_downloaded'
  | 'downloading'
  | 'remote'

export interface Download {
  id: string
  status:
    | 'queued'
    | 'running'
    | 'paused'
    | 'verifying'
    | 'complete'
    | 'failed'
    | 'cancelled'
    | string
  bytes_done: number
  bytes_total: number | null
  rate: number | null
  eta_seconds: number | null
  error: ErrorInfo | string | null
}

export interface Fit {
  fits: boolean
  needed_bytes: number | null
  free_bytes: number | null
  reason: string | null
}

export interface LoadProgress {
  bytes_done?: number | null
  bytes_total?: number | null
  progress?: number | null
  eta_seconds?: number | null
}

export type Capability = 'vision' | 'tools' | 'thinking'

export interface ModelInfo {
  id: string
  name: string
  description: string
  /** In simplified Chinese; empty: there is none. */
  description_zh: string
  /** `chat`, `embedding` or `rerank`. */
  kind: string
  /** Other names that mean it. */
  aliases: string[]
  model_id: string | null
  size: string | null
  quantization: string | null
  format: string | null
  engine: string | null
  state: ModelState
  endpoint: string | null
  run_id: string | null
  context_length: number | null
  parameters: number | null
  size_bytes: number | null
  downloaded: boolean
  download: Download | null
  fit: Fit | null
  capabilities: Capability[]
  slots: number | null
  queued: number
  active: number
  tokens_per_second: number | null
  load_seconds: number | null
  loading: LoadProgress | null
  error: ErrorInfo | null
  demonstration: boolean
  official_url: string | null
  /** Requests that name no model mean this one. */
  default: boolean
}

export interface Instance {
  run_id: string
  model: string
  variant: string
  name: string
  engine: string
  state: ModelState
  address: string | null
  pid: number | null
  slots: number | null
  active: number
  queued: number
  context_length: number | null
  memory_bytes: number | null
  started_at: string | null
  restarts: number
  error: ErrorInfo | null
  loading: LoadProgress | null
  tokens_per_second: number | null
  last_used_at: string | null
}

export interface StopReport {
  survivors?: number[]
  memory_freed_bytes?: number
  gpu_memory_freed_bytes?: number
  took_ms?: number
}

/** Body of POST /api/v1/models/start; what is left out is the engine's own choice. */
export interface StartBody {
  model_id: string
  engine_type?: string
  size?: string
  quantization?: string
  format?: string
  context_length?: number
  slots?: number
  threads?: number
  n_gpu?: number
  replicas?: number
}

/** What a person has chosen for new chats. `ui` is the page's own. */
export interface Settings {
  default_model: string | null
  system_prompt: string | null
  params: GenerationParams
  /** By model: under a chat's own, over the engine's. */
  model_params: Record<string, GenerationParams>
  ui: Record<string, unknown>
}

export interface Health {
  status: string
  version?: string
  [part: string]: unknown
}
