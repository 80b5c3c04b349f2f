import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { request } from './client'
import type { components } from './schema.gen'

type Schemas = components['schemas']

export type ToolServer = Schemas['ServerShown']
export type ToolServerBody = Schemas['AddServer']
export type ToolServerChange = Schemas['ChangeServer']
export type ToolServerTest = Schemas['ServerTest']
export type Tool = Schemas['ToolShown']
export type ToolOffer = Schemas['OfferShown']
export type Resource = Schemas['ResourceShown']
export type ResourceContent = Schemas['ContentShown']
export type ServerPrompt = Schemas['ServerPromptShown']
export type Policy = Tool['policy']
export type Verdict = 'once' | 'always' | 'deny'
export type Action = Schemas['CallAnswer']['action']

/** An entry of a chat's `params.tools` that turns a server's tools on. */
export interface ToolChoice {
  type: 'mcp'
  server_label: string
  /** Left out: all of them. */
  allowed_tools?: string[]
}

/** The tool servers that are on by parameters; other entries of `tools` are not the page's. */
export function chosenTools(params: { [name: string]: unknown }): ToolChoice[] {
  const all = Array.isArray(params.tools) ? params.tools : []
  return all.filter((one): one is ToolChoice => one?.type === 'mcp')
}

/** The same parameters with these servers of tools on; other entries of `tools` stay. */
export function choosingTools<P extends { [name: string]: unknown }>(
  params: P,
  chosen: readonly ToolChoice[],
): P {
  const all = Array.isArray(params.tools) ? params.tools : []
  const tools = [...all.filter(one => one?.type !== 'mcp'), ...chosen]
  const { tools: _, ...rest } = params
  return (tools.length > 0 ? { ...rest, tools } : rest) as P
}

const offersKey = ['tools', 'offers'] as const
const serversKey = ['tools', 'servers'] as const
const path = (id: string) => `/api/tools/servers/${encodeURIComponent(id)}`

/** The tool servers that the person may use. */
export function toolOffers() {
  return queryOptions({
    queryKey: offersKey,
    queryFn: async ({ signal }) =>
      (await request<{ data: ToolOffer[] }>('/api/tools', { signal })).data,
  })
}

/** The tools of one server; it is connected to for this. */
export function toolsOf(id: string) {
  return queryOptions({
    queryKey: ['tools', 'of', id],
    queryFn: async ({ signal }) =>
      (await request<{ data: Tool[] }>(`${path(id)}/tools`, { signal })).data,
    staleTime: 60_000,
    retry: false,
  })
}

/** What people may read of a server; it is connected to for this. */
export function resourcesOf(id: string) {
  return queryOptions({
    queryKey: ['tools', 'resources', id],
    queryFn: async ({ signal }) =>
      (await request<{ data: Resource[] }>(`${path(id)}/resources`, { signal })).data,
    staleTime: 60_000,
    retry: false,
  })
}

export async function readResource(id: string, uri: string): Promise<ResourceContent[]> {
  const init = { method: 'POST', body: { uri } } as const
  return (await request<{ data: ResourceContent[] }>(`${path(id)}/resources/read`, init)).data
}

/** The prompts that a server offers; it is connected to for this. */
export function promptsOf(id: string) {
  return queryOptions({
    queryKey: ['tools', 'prompts', id],
    queryFn: async ({ signal }) =>
      (await request<{ data: ServerPrompt[] }>(`${path(id)}/prompts`, { signal })).data,
    staleTime: 60_000,
    retry: false,
  })
}

/** Have a server write one of its prompts. */
export async function writePrompt(
  id: string,
  name: string,
  values: Record<string, string>,
): Promise<string> {
  const init = { method: 'POST', body: { name, arguments: values } } as const
  return (await request<{ text: string }>(`${path(id)}/prompts`, init)).text
}

/** All tool servers, for administrators. */
export function toolServers() {
  return queryOptions({
    queryKey: serversKey,
    queryFn: ({ signal }) => request<Schemas['Servers']>('/api/tools/servers', { signal }),
  })
}

/** The last lines that a server wrote. */
export function toolServerLogs(id: string) {
  return queryOptions({
    queryKey: ['tools', 'logs', id],
    queryFn: async ({ signal }) =>
      (await request<{ lines: string[] }>(`${path(id)}/logs`, { signal })).lines,
    refetchInterval: 3_000,
  })
}

function useChanged() {
  const client = useQueryClient()
  return () => client.invalidateQueries({ queryKey: ['tools'] })
}

export function useAddServer() {
  const onSettled = useChanged()
  return useMutation({
    mutationFn: (body: ToolServerBody) =>
      request<ToolServer>('/api/tools/servers', { method: 'POST', body }),
    onSettled,
  })
}

export function useChangeServer() {
  const onSettled = useChanged()
  return useMutation({
    mutationFn: ({ id, body }: { id: string; body: ToolServerChange }) =>
      request<ToolServer>(path(id), { method: 'PATCH', body }),
    onSettled,
  })
}

export function useRemoveServer() {
  const onSettled = useChanged()
  return useMutation({
    mutationFn: (id: string) => request(path(id), { method: 'DELETE' }),
    onSettled,
  })
}

export function useTestServer() {
  const onSettled = useChanged()
  return useMutation({
    mutationFn: (id: string) => request<ToolServerTest>(`${path(id)}/test`, { method: 'POST' }),
    onSettled,
  })
}

export function useDecide() {
  const onSettled = useChanged()
  return useMutation({
    mutationFn: ({ id, policies }: { id: string; policies: Record<string, Policy | null> }) =>
      request<ToolServer>(`${path(id)}/policies`, { method: 'PUT', body: { policies } }),
    onSettled,
  })
}

/** Begin to log in at a server's service; the browser is to go to the address. */
export function beginLogin(id: string): Promise<Schemas['LoginStart']> {
  return request(`${path(id)}/login`, { method: 'POST' })
}

export function useLogOut() {
  const onSettled = useChanged()
  return useMutation({
    mutationFn: (id: string) => request(`${path(id)}/login`, { method: 'DELETE' }),
    onSettled,
  })
}

/** Say whether a call that waits may run. */
export function decideCall(
  generationId: string,
  callId: string,
  verdict: Verdict,
  reason?: string,
): Promise<unknown> {
  return request(`/api/generations/${encodeURIComponent(generationId)}/approvals`, {
    method: 'POST',
    body: { decisions: [{ call_id: callId, verdict, ...(reason && { reason }) }] },
  })
}

/** Answer what a server asks in the middle of a call. */
export function answerQuestion(
  generationId: string,
  questionId: string,
  action: Action,
  content: Record<string, unknown>,
): Promise<unknown> {
  return request(`/api/generations/${encodeURIComponent(generationId)}/answers`, {
    method: 'POST',
    body: { question_id: questionId, action, content },
  })
}
