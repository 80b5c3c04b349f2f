import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { control, request } from './client'
import type { Instance, ModelInfo, ModelState, StartBody, StopReport } from './types'

export const modelKeys = { all: ['models'] as const }

const moving: ReadonlySet<ModelState> = new Set([
  'loading',
  'starting',
  'restarting',
  'stopping',
  'downloading',
])

/** All models with their live state. Polled only while one of them is on the move. */
export function modelList() {
  return queryOptions({
    queryKey: modelKeys.all,
    queryFn: async ({ signal }) =>
      (await request<{ data: ModelInfo[] }>('/api/models', { signal })).data,
    refetchInterval: query =>
      query.state.data?.some(model => moving.has(model.state)) ? 1000 : false,
    staleTime: 5000,
  })
}

/** The longest context of each variant of the catalogue, by its id: what a start may ask for. */
export function contextLimits() {
  return queryOptions({
    queryKey: [...modelKeys.all, 'limits'],
    queryFn: async ({ signal }) => {
      const entries = await control<CatalogEntry[]>('/models', { signal })
      const variants = entries.flatMap(entry => entry.variants)
      return new Map(variants.map(variant => [variant.id, variant.context_length]))
    },
    staleTime: Number.POSITIVE_INFINITY,
  })
}

interface CatalogEntry {
  variants: { id: string; context_length: number }[]
}

/**
 * Start a variant and return at once; harmless where it runs so already. One that runs with other options
 * is restarted.
 * @throws ApiError 409 where it is being used.
 */
export function startModel(body: StartBody): Promise<Instance> {
  return control('/models/start', { method: 'POST', body })
}

/** Start a variant; harmless where it runs already. */
export function useStartModel() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: startModel,
    onSettled: () => client.invalidateQueries({ queryKey: modelKeys.all }),
  })
}

/** Stop an instance. */
export function useStopModel() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (runId: string) =>
      control<StopReport>(`/models/running/${encodeURIComponent(runId)}/stop`, { method: 'POST' }),
    onSettled: () => client.invalidateQueries({ queryKey: modelKeys.all }),
  })
}

export type DownloadCommand =
  | { kind: 'start'; modelId: string }
  | { kind: 'pause' | 'resume' | 'cancel'; id: string }

/** Start, pause, resume or cancel a download. */
export function useDownload() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (command: DownloadCommand) => {
      if (command.kind === 'start') {
        return control('/downloads', { method: 'POST', body: { model_id: command.modelId } })
      }
      const path = `/downloads/${encodeURIComponent(command.id)}`
      return command.kind === 'cancel'
        ? control(path, { method: 'DELETE' })
        : control(`${path}/${command.kind}`, { method: 'POST' })
    },
    onSettled: () => client.invalidateQueries({ queryKey: modelKeys.all }),
  })
}
