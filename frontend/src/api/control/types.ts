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

/** `state` and `error` in the page's own words. */
export interface CatalogVariant extends Omit<Schemas['Variant'], 'state' | 'error'> {
  state: ModelState
  error: ErrorInfo | null
}

export interface CatalogModel extends Omit<Schemas['CatalogModel'], 'variants'> {
  variants: CatalogVariant[]
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

export type InstancePatch = Schemas['ChangeInstance']
export type Sample = Schemas['Sample']
export type History = Schemas['Course']

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

export type DownloadFile = Schemas['DownloadFile']
export type Transfer = Schemas['Download']

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
  /** Nothing can be looked at there: only Ollama knows it. */
  ollama_name?: string
}

export type InspectedFile = Schemas['InspectedFile']
export type Inspected = Schemas['Inspected']
export type Endpoint = Schemas['EndpointShown']
export type EndpointTest = Schemas['EndpointTest']

export interface EndpointBody {
  name: string
  base_url: string
  /** Left out: stays as it is. */
  api_key?: string
  models?: string[]
  enabled?: boolean
}
