import type { ErrorInfo } from './types'

/** A request that failed, as the server tells it: what happened and what to do about it. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly code: string
  readonly remedy: string | null
  readonly param: string | null
  readonly detail: string | null
  /** Seconds until another try makes sense. */
  readonly retryAfter: number | null
  readonly sentence: string | null
  readonly values: ErrorInfo['values']

  constructor(info: ErrorInfo, status: number) {
    super(info.message)
    this.status = info.status ?? status
    this.code = info.code
    this.remedy = info.remedy ?? null
    this.param = info.param ?? null
    this.detail = info.detail ?? null
    this.retryAfter = info.retry_after ?? null
    this.sentence = info.sentence ?? null
    this.values = info.values ?? null
  }

  /** This error as data, as stored messages and live streams keep it. */
  get info(): ErrorInfo {
    return {
      code: this.code,
      message: this.message,
      status: this.status,
      remedy: this.remedy,
      param: this.param,
      detail: this.detail,
      retry_after: this.retryAfter,
      sentence: this.sentence,
      values: this.values,
    }
  }
}

/** The server could not be reached at all. */
export class OfflineError extends Error {
  override readonly name = 'OfflineError'
}

function isInfo(value: unknown): value is ErrorInfo {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as ErrorInfo).message === 'string' &&
    (value as ErrorInfo).message !== ''
  )
}

/** Read an error out of any of the server's bodies: OpenAI's shape, the envelope, or plain text. */
export function errorFrom(status: number, body: unknown): ApiError {
  if (typeof body === 'object' && body !== null) {
    const { error, msg } = body as { error?: unknown; msg?: unknown }
    if (isInfo(error)) return new ApiError({ ...error, code: error.code || 'unknown' }, status)
    if (typeof msg === 'string') return new ApiError({ code: 'unknown', message: msg }, status)
  }
  return new ApiError({ code: 'unknown', message: `HTTP ${status}` }, status)
}
