/** The shapes of `/api/v1`, as the server's OpenAPI document gives them. */

import type { components } from '../schema.gen'
import type { ErrorInfo, Instance, ModelState } from '../types'

type Schemas = components['schemas']

export type EngineInfo = Schemas['Engine']
export type LaunchField = Schemas['LaunchField']
export type LaunchOptions = Schemas['LaunchOptionsShown']
export type LaunchChoice = Schemas['LaunchChoice']
export type Forecast = Schemas['Forecast']
export type Fit = Schemas['Fit']
export type Device = Schemas['Device']
export type StartRequest = Schemas['StartModel']

export interface CatalogVariant extends Omit<Schemas['Variant'], 'state' | 'error'> {
  state: ModelState
  error: ErrorInfo | null
  /** Engines that run this variant; missing where the model says it for all. */
  engines?: string[]
}

export interface CatalogModel extends Omit<Schemas['CatalogModel'], 'variants'> {
  variants: CatalogVariant[]
  /** The description in Chinese; empty where there is none. */
  description_zh?: string
  /** Whether a person added it here. */
  own?: boolean
}

export interface Replica {
  index: number
  state: ModelState
  address: string | null
  pid: number | null
  gpus?: number[] | null
  active: number
  queued: number
  memory_bytes: number | null
  error: ErrorInfo | null
}

export interface RunningInstance extends Instance {
  gpu_memory_bytes?: number | null
  load_seconds?: number | null
  options?: LaunchOptions | null
  pinned?: boolean
  /** It runs in a server that somebody else started: it is let go of, never ended. */
  attached?: boolean
  capabilities?: string[]
  replicas?: Replica[]
}

export interface InstancePatch {
  replicas?: number
  pinned?: boolean
  idle_unload_seconds?: number | null
}

export interface Sample {
  at: string
  tokens_per_second: number | null
  memory_bytes: number | null
  gpu_memory_bytes: number | null
  active: number | null
  queued: number | null
}

export interface History {
  interval_seconds: number
  samples: Sample[]
}

export type CheckName =
  | 'stream'
  | 'stop'
  | 'schema'
  | 'tools'
  | 'thinking'
  | 'vision'
  | 'embeddings'
  | 'rerank'

export interface Verification {
  verified_at: string | null
  /** `ok` is null where it was not tried. */
  checks: Partial<Record<CheckName, { ok: boolean | null; note: string | null }>>
}

export interface DownloadFile {
  file: string
  bytes_done: number
  bytes_total: number | null
}

export interface Transfer {
  id: string
  variant_id: string
  repo: string
  file: string
  status: 'queued' | 'running' | 'verifying' | 'complete' | 'paused' | 'failed'
  bytes_done: number
  bytes_total: number | null
  rate: number | null
  eta_seconds: number | null
  error: ErrorInfo | null
  created_at: string
  updated_at: string
  files?: DownloadFile[]
}

export type Step = Schemas['StartProgress']['step']

/** One event of a start; what belongs to the step is set. */
export interface StartProgress {
  step: Step
  variant: string | null
  download: Transfer | null
  instance: RunningInstance | null
  error: ErrorInfo | null
}

/** Where a model of one's own is: exactly one is set. */
export interface Origin {
  hf_repo?: string
  url?: string
  path?: string
  hf_file?: string
}

/** One form that a model comes in; without a file, the whole folder. */
export interface InspectedFile {
  file: string
  quantization: string
  format: string
  size_bytes: number | null
  engines: string[]
}

export interface Inspected {
  kind: string
  name: string
  context_length: number | null
  parameters: number | null
  files: InspectedFile[]
  capabilities: string[]
  engines: string[]
  /** An account that has accepted a licence is needed. */
  gated: boolean
  /** It brings code of its own. */
  remote_code: boolean
}

export interface Endpoint {
  id: string
  name: string
  base_url: string
  models: string[]
  enabled: boolean
  has_key: boolean
}

export interface EndpointBody {
  name: string
  base_url: string
  /** Left out: stays as it is. */
  api_key?: string
  models?: string[]
  enabled?: boolean
}

export interface EndpointTest {
  reachable: boolean
  models: string[]
  took_ms: number | null
  error: ErrorInfo | null
}
