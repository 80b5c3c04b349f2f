import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { request } from './client'
import type { GenerationParams, Settings } from './types'

export const settingsKey = ['settings'] as const

/** What the person has chosen for new chats; the same on all their devices. */
export function settings() {
  return queryOptions({
    queryKey: settingsKey,
    queryFn: ({ signal }) => request<Settings>('/api/settings', { signal }),
  })
}

/** Parameters of one model are replaced, or with null removed; those of others stay. */
export type SettingsChange = Partial<Omit<Settings, 'model_params'>> & {
  model_params?: Record<string, GenerationParams | null>
}

function changed(kept: Settings, { model_params, ...change }: SettingsChange): Settings {
  const merged = Object.entries({ ...kept.model_params, ...model_params })
  const model = merged.filter((one): one is [string, GenerationParams] => one[1] !== null)
  return { ...kept, ...change, model_params: Object.fromEntries(model) }
}

/** Change settings: shown at once, taken back where the server refuses. */
export function useChangeSettings() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (change: SettingsChange) =>
      request<Settings>('/api/settings', { method: 'PATCH', body: change }),
    onMutate: change => {
      const before = client.getQueryData<Settings>(settingsKey)
      client.setQueryData<Settings>(settingsKey, kept => kept && changed(kept, change))
      return { before }
    },
    onError: (_error, _change, context) => client.setQueryData(settingsKey, context?.before),
    onSuccess: saved => client.setQueryData(settingsKey, saved),
  })
}
