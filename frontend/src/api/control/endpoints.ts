import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { control } from '../client'
import { modelKeys } from '../models'
import { controlKeys, segment } from './keys'
import type { Endpoint, EndpointBody, EndpointChange, EndpointTest } from './types'

export function endpointList() {
  return queryOptions({
    queryKey: controlKeys.endpoints,
    queryFn: ({ signal }) => control<Endpoint[]>('/endpoints', { signal }),
  })
}

/** Add an endpoint, or with an id change one. */
export function useSaveEndpoint() {
  const changed = useChanged()
  return useMutation({
    mutationFn: ({
      id,
      body,
    }: { id: string; body: EndpointChange } | { id?: never; body: EndpointBody }) =>
      id
        ? control<Endpoint>(`/endpoints/${segment(id)}`, { method: 'PATCH', body })
        : control<Endpoint>('/endpoints', { method: 'POST', body }),
    onSettled: changed,
  })
}

export function useRemoveEndpoint() {
  const changed = useChanged()
  return useMutation({
    mutationFn: (id: string) => control(`/endpoints/${segment(id)}`, { method: 'DELETE' }),
    onSettled: changed,
  })
}

/** Try an endpoint: one that is stored by its id, or an address that is being written. */
export function useTestEndpoint() {
  return useMutation({
    mutationFn: (body: { id: string } | { base_url: string; api_key?: string }) =>
      control<EndpointTest>('/endpoints/test', { method: 'POST', body }),
  })
}

function useChanged() {
  const client = useQueryClient()
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: controlKeys.endpoints }),
      client.invalidateQueries({ queryKey: modelKeys.all }),
    ])
}
