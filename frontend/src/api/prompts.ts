import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { request } from './client'
import type { components } from './schema.gen'

type Schemas = components['schemas']

export type Prompt = Schemas['Prompt']
export type PromptBody = Schemas['NewPrompt']
export type Persona = Schemas['Persona']
export type PersonaBody = Schemas['NewPersona']
/** What can be taken along as a file. */
export type Portable = 'prompts' | 'personas'
export type ImportReport = Schemas['ImportReport_Prompt_'] | Schemas['ImportReport_Persona_']

const promptsKey = ['prompts'] as const
const personasKey = ['personas'] as const

/** The person's own prompts and those that others share. */
export function promptList() {
  return queryOptions({
    queryKey: promptsKey,
    queryFn: async ({ signal }) =>
      (await request<{ items: Prompt[] }>('/api/prompts', { signal })).items,
  })
}

/** The person's own personas and those that others share. */
export function personaList() {
  return queryOptions({
    queryKey: personasKey,
    queryFn: async ({ signal }) =>
      (await request<{ items: Persona[] }>('/api/personas', { signal })).items,
  })
}

/** Where the person's own can be downloaded. */
export const exportOf = (kind: Portable) => `/api/${kind}/export`

function useChanged(key: readonly string[]) {
  const client = useQueryClient()
  return () => client.invalidateQueries({ queryKey: key })
}

/** Keep a new one, or with an id change one. */
function useSave<Kept, Body>(path: string, key: readonly string[]) {
  const onSettled = useChanged(key)
  return useMutation({
    mutationFn: ({ id, body }: { id: string | null; body: Body }) =>
      id
        ? request<Kept>(`${path}/${encodeURIComponent(id)}`, { method: 'PATCH', body })
        : request<Kept>(path, { method: 'POST', body }),
    onSettled,
  })
}

function useRemove(path: string, key: readonly string[]) {
  const onSettled = useChanged(key)
  return useMutation({
    mutationFn: (id: string) => request(`${path}/${encodeURIComponent(id)}`, { method: 'DELETE' }),
    onSettled,
  })
}

export const useSavePrompt = () => useSave<Prompt, PromptBody>('/api/prompts', promptsKey)
export const useRemovePrompt = () => useRemove('/api/prompts', promptsKey)
export const useSavePersona = () => useSave<Persona, PersonaBody>('/api/personas', personasKey)
export const useRemovePersona = () => useRemove('/api/personas', personasKey)

/** Keep what is in a file of ours; prompts of Open WebUI's too. */
export function useImport(kind: Portable) {
  const onSettled = useChanged([kind])
  return useMutation({
    mutationFn: (file: unknown) =>
      request<ImportReport>(`/api/${kind}/import`, { method: 'POST', body: file }),
    onSettled,
  })
}
