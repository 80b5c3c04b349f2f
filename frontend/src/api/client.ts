import { sentencesReady } from '@/i18n/errors'
import { lost, reached } from './contact'
import { errorFrom, OfflineError } from './errors'
import { unauthorised, useSession } from './session'

export interface Options {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Sent as JSON. */
  body?: unknown
  /** A list is given value by value. */
  query?: Record<string, string | number | boolean | null | undefined | readonly string[]>
  /** Sent as it is. */
  file?: Blob
  signal?: AbortSignal
}

export function address(path: string, query: Options['query']): string {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined) search.append(key, String(one))
    }
  }
  const text = search.toString()
  return text ? `${path}?${text}` : path
}

/** Call the server; an answer that is an error is thrown. */
async function answer(path: string, options: Options): Promise<Response> {
  const init: RequestInit = { method: options.method ?? 'GET', signal: options.signal }
  if (options.body !== undefined) {
    init.body = JSON.stringify(options.body)
    init.headers = { 'content-type': 'application/json' }
  }
  if (options.file) {
    init.body = options.file
    init.headers = { 'content-type': 'application/octet-stream' }
  }
  const entering = path.startsWith('/api/auth/')
  // What is open behind a way in would be refused each time it is looked at.
  if (useSession.getState().asked && !entering) throw errorFrom(401, null)
  let response: Response
  try {
    response = await fetch(address(path, options.query), init)
  } catch (error) {
    if (options.signal?.aborted) throw error
    lost()
    throw new OfflineError('The server does not answer', { cause: error })
  }
  // A proxy that answers for a dead server is no contact with it.
  if (![502, 504].includes(response.status)) reached()
  if (response.ok) return response
  // Wrong passwords are answered with 401 too, to forms that say so themselves.
  if (response.status === 401 && !entering) unauthorised()
  const error = errorFrom(response.status, await response.json().catch(() => null))
  // Some say it once, in a message that is not drawn again.
  if (error.sentence) await sentencesReady()
  throw error
}

/**
 * Call the server and return its JSON (undefined for 204).
 * @throws ApiError with the server's remedy; OfflineError where no answer came; AbortError.
 */
export async function request<T>(path: string, options: Options = {}): Promise<T> {
  const response = await answer(path, options)
  if (response.status === 204) return undefined as T
  return (await response.json().catch(() => null)) as T
}

/** Call the server and return what is no JSON, as bytes. Throws as `request`. */
export async function requestBytes(path: string, options: Options = {}): Promise<Blob> {
  const response = await answer(path, options)
  try {
    return await response.blob()
  } catch (error) {
    if (options.signal?.aborted) throw error
    throw new OfflineError('The answer was cut off', { cause: error })
  }
}

/** Call a route of `/api/v1`, whose answers stand in an envelope, and return its `data`. */
export async function control<T>(path: string, options: Options = {}): Promise<T> {
  const envelope = await request<{ data: T } | undefined>(`/api/v1${path}`, options)
  return envelope?.data as T
}
