import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { request } from './client'
import { modelKeys } from './models'
import type { components } from './schema.gen'
import { settingsKey } from './settings'

type Schemas = components['schemas']

export type OwnEndpoint = Schemas['OwnShown']

const path = '/api/own-endpoint'
const ownKey = ['own-endpoint'] as const

/** The person's own endpoint, null where there is none. Its key is never told. */
export function ownEndpoint() {
  return queryOptions({
    queryKey: ownKey,
    queryFn: async ({ signal }) => (await request<Schemas['OwnState']>(path, { signal })).endpoint,
  })
}

export function useSaveOwn() {
  const changed = useChanged()
  return useMutation({
    mutationFn: (body: { base_url: string; model: string; api_key?: string }) =>
      request<Schemas['OwnState']>(path, { method: 'PUT', body }),
    onSettled: changed,
  })
}

export function useRemoveOwn() {
  const changed = useChanged()
  return useMutation({
    mutationFn: () => request<void>(path, { method: 'DELETE' }),
    onSettled: changed,
  })
}

/** Try an address; without a key, with the one that is stored for it. */
export function useTestOwn() {
  return useMutation({
    mutationFn: (body: { base_url: string; api_key?: string }) =>
      request<Schemas['EndpointTest']>(`${path}/test`, { method: 'POST', body }),
  })
}

function useChanged() {
  const client = useQueryClient()
  return () =>
    Promise.all(
      [ownKey, settingsKey, modelKeys.all].map(queryKey => client.invalidateQueries({ queryKey })),
    )
}
