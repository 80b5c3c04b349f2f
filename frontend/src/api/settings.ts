import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { request } from './client'
import type { Settings } from './types'

export const settingsKey = ['settings'] as const

/** What the person has chosen for new chats; the same on all their devices. */
export function settings() {
  return queryOptions({
    queryKey: settingsKey,
    queryFn: ({ signal }) => request<Settings>('/api/settings', { signal }),
  })
}

/** Change settings: shown at once, taken back where the server refuses. */
export function useChangeSettings() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (change: Partial<Settings>) =>
      request<Settings>('/api/settings', { method: 'PATCH', body: change }),
    onMutate: change => {
      const before = client.getQueryData<Settings>(settingsKey)
      client.setQueryData<Settings>(settingsKey, kept => kept && { ...kept, ...change })
      return { before }
    },
    onError: (_error, _change, context) => client.setQueryData(settingsKey, context?.before),
    onSuccess: saved => client.setQueryData(settingsKey, saved),
  })
}
