import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { readEvents } from '@/lib/sse'
import { control } from '../client'
import { modelKeys } from '../models'
import type { Forecast, LaunchChoice, StartProgress, StartRequest } from './types'

/** The options that an engine takes for a variant; without an engine, of the one that would be used. */
export function launchChoice(variant: string, engine: string | null) {
  return queryOptions({
    queryKey: [...modelKeys.all, 'options', variant, engine],
    queryFn: ({ signal }) =>
      control<LaunchChoice>('/models/options', {
        query: { model_id: variant, engine_type: engine },
        signal,
      }),
    staleTime: 10_000,
  })
}

/** How a start would come out now. @throws ApiError naming the option that is refused. */
function foresee(body: StartRequest, signal?: AbortSignal): Promise<Forecast> {
  return control('/models/fit', { method: 'POST', body, signal })
}

export function forecast(body: StartRequest) {
  return queryOptions({
    queryKey: [...modelKeys.all, 'fit', body],
    queryFn: ({ signal }) => foresee(body, signal),
    placeholderData: keepPreviousData,
    staleTime: 5_000,
  })
}

/** Start a variant and tell each step; resolves after the last. */
export function startStream(
  body: StartRequest,
  signal: AbortSignal,
  each: (progress: StartProgress) => void,
): Promise<void> {
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  }
  return readEvents('/api/v1/models/start-stream', init, data =>
    each(JSON.parse(data) as StartProgress),
  )
}
