import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { request } from './client'
import { ApiError } from './errors'
import type { Message } from './types'

export interface ChatLink {
  token: string
  path: string
  mode: 'snapshot' | 'live'
  message_id: string | null
  author: string | null
  models: boolean
  system_prompt: boolean
  documents: boolean
  created_at: string
}

export interface ShareTerms {
  mode: 'snapshot' | 'live'
  message_id?: string | null
  author?: string | null
  models: boolean
  system_prompt: boolean
  documents: boolean
}

export type SharedMessage = Pick<
  Message,
  'id' | 'role' | 'parts' | 'content' | 'status' | 'model' | 'created_at'
>

export interface SharedChat {
  title: string
  author: string | null
  system_prompt: string | null
  live: boolean
  created_at: string
  messages: SharedMessage[]
  has_more: boolean
}

const address = (chatId: string) => `/api/chats/${encodeURIComponent(chatId)}/share`

export const linkKey = (chatId: string) => ['share', chatId] as const

/** The link of a chat; null where it has none. */
export function chatLink(chatId: string) {
  return queryOptions({
    queryKey: linkKey(chatId),
    queryFn: ({ signal }) =>
      request<ChatLink>(address(chatId), { signal }).catch(error => {
        if (error instanceof ApiError && error.status === 404) return null
        throw error
      }),
  })
}

export function shareChat(chatId: string, terms: ShareTerms): Promise<ChatLink> {
  return request(address(chatId), { method: 'POST', body: terms })
}

export function revokeLink(chatId: string): Promise<void> {
  return request(address(chatId), { method: 'DELETE' })
}

/** A shared chat, its end first and then upward. */
export function sharedChat(token: string) {
  return infiniteQueryOptions({
    queryKey: ['shared', token],
    queryFn: ({ pageParam, signal }) =>
      request<SharedChat>(`/api/shared/${encodeURIComponent(token)}`, {
        query: { before: pageParam },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: page => (page.has_more ? (page.messages[0]?.id ?? null) : null),
    retry: (count, error) => !(error instanceof ApiError) && count < 2,
  })
}

/** Where a file of a shared chat is: a picture to be shown, anything else to be kept. */
export function sharedFile(token: string, fileId: string): string {
  return `/api/shared/${encodeURIComponent(token)}/files/${encodeURIComponent(fileId)}`
}
