import { lost, reached } from './contact'
import { errorFrom, OfflineError } from './errors'

export interface Options {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Sent as JSON. */
  body?: unknown
  query?: Record<string, string | number | boolean | null | undefined>
  signal?: AbortSignal
}

function address(path: string, query: Options['query']): string {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== null && value !== undefined) search.set(key, String(value))
  }
  const text = search.toString()
  return text ? `${path}?${text}` : path
}

/**
 * Call the server and return its JSON (undefined for 204).
 * @throws ApiError with the server's remedy; OfflineError where no answer came; AbortError.
 */
export async function request<T>(path: string, options: Options = {}): Promise<T> {
  const init: RequestInit = { method: options.method ?? 'GET', signal: options.signal }
  if (options.body !== undefined) {
    init.body = JSON.stringify(options.body)
    init.headers = { 'content-type': 'application/json' }
  }
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
  if (response.status === 204) return undefined as T
  const body: unknown = await response.json().catch(() => null)
  if (!response.ok) throw errorFrom(response.status, body)
  return body as T
}

/** Call a route of `/api/v1`, whose answers stand in an envelope, and return its `data`. */
export async function control<T>(path: string, options: Options = {}): Promise<T> {
  const envelope = await request<{ data: T } | undefined>(`/api/v1${path}`, options)
  return envelope?.data as T
}
