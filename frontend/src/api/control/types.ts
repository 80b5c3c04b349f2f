/** The shapes of `/api/v1`, as the server's OpenAPI document gives them. */

import type { components } from '../schema.gen'
import type { ErrorInfo, ModelState } from '../types'

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

export type Replica = Schemas['Replica']
export type RunningInstance = Schemas['Instance']
export type StopReport = Schemas['InstanceStopReport']
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

/** `ok` of a check is null where it was not tried. */
export interface Verification extends Omit<Schemas['Verification'], 'checks'> {
  checks: Partial<Record<CheckName, Schemas['Check']>>
}

export type DownloadFile = Schemas['DownloadFile']
export type Transfer = Schemas['Download']

/** One event of a start; what belongs to the step is set. */
export interface StartProgress extends Omit<Schemas['StartProgress'], 'error'> {
  error: ErrorInfo | null
}
export type Step = StartProgress['step']

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

export type EndpointBody = Schemas['AddEndpoint']
/** What is left out stays as it is. */
export type EndpointChange = Schemas['ChangeEndpoint']
