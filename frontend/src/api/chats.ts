import {
  type InfiniteData,
  infiniteQueryOptions,
  type QueryClient,
  queryOptions,
} from '@tanstack/react-query'
import { newId } from '@/lib/ids'
import { askAgain } from './again'
import { address, request } from './client'
import type {
  Chat,
  ChatChange,
  ChatPage,
  ChatWithMessages,
  ContextCount,
  GenerationParams,
  Message,
  MessagePage,
  SearchHit,
} from './types'

export interface ChatFilter {
  archived?: boolean
  pinned?: boolean
  folder?: string
  tag?: string
}

export interface SearchFilter {
  folder?: string
  tag?: string
  archived?: boolean
  model?: string
  role?: string
  since?: string
}

export const chatKeys = {
  all: ['chats'] as const,
  lists: ['chats', 'list'] as const,
  list: (filter: ChatFilter) => ['chats', 'list', filter] as const,
  one: (id: string) => ['chats', 'one', id] as const,
  messages: (id: string) => ['chats', 'messages', id] as const,
  search: (q: string, filter: SearchFilter) => ['chats', 'search', q, filter] as const,
}

export function chatList(filter: ChatFilter = { archived: false }) {
  return infiniteQueryOptions({
    queryKey: chatKeys.list(filter),
    queryFn: ({ pageParam, signal }) =>
      request<ChatPage>('/api/chats/', {
        query: {
          limit: pageParam ? 200 : 50,
          cursor: pageParam,
          ...filter,
          archived: filter.archived ?? false,
        },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: page => page.next_cursor,
  })
}

export function fetchChat(id: string, signal?: AbortSignal): Promise<ChatWithMessages> {
  return request(`/api/chats/${encodeURIComponent(id)}`, { signal })
}

export function fetchMessages(
  id: string,
  query: { leaf?: string | null; before?: string; limit?: number },
  signal?: AbortSignal,
): Promise<MessagePage> {
  return request(`/api/chats/${encodeURIComponent(id)}/messages`, { query, signal })
}

export function chatSearch(q: string, filter: SearchFilter = {}) {
  return queryOptions({
    queryKey: chatKeys.search(q, filter),
    queryFn: ({ signal }) =>
      request<{ items: SearchHit[] }>('/api/chats/search', {
        query: { q, limit: 30, ...filter },
        signal,
      }),
    enabled: q !== '',
    placeholderData: previous => previous,
    staleTime: 10_000,
  })
}

export interface NewChat {
  title?: string
  model?: string | null
  system_prompt?: string | null
  params?: GenerationParams
  persona_id?: string
  folder?: string | null
}

/** Make a chat; one, also where the answer to the first request is lost on the way. */
export function createChat(body: NewChat): Promise<Chat> {
  const named = { ...body, client_id: newId() }
  return askAgain(() => request('/api/chats/', { method: 'POST', body: named }))
}

export function updateChat(id: string, change: ChatChange): Promise<Chat> {
  return request(`/api/chats/${encodeURIComponent(id)}`, { method: 'PUT', body: change })
}

export function deleteChat(id: string): Promise<void> {
  return request(`/api/chats/${encodeURIComponent(id)}`, { method: 'DELETE' })
}

export function restoreChat(id: string): Promise<Chat> {
  return request(`/api/chats/${encodeURIComponent(id)}/restore`, { method: 'POST' })
}

/** Copy the messages down to one of them (default: the active leaf) into a chat of their own. */
export function forkChat(
  id: string,
  body: { message_id?: string; title?: string } = {},
): Promise<Chat> {
  return request(`/api/chats/${encodeURIComponent(id)}/fork`, { method: 'POST', body })
}

/** Where one chat, or all of them (null), can be downloaded. */
export function exportAddress(
  id: string | readonly string[] | null,
  format: 'markdown' | 'json',
  language: string,
): string {
  return address('/api/chats/export', { format, chat_id: id, language })
}

/** Have earlier messages of the active branch summarised; from then on models read that in their place. */
export function summarise(id: string, model: string | null): Promise<Message> {
  const body = model ? { model } : {}
  return request(`/api/chats/${encodeURIComponent(id)}/summary`, { method: 'POST', body })
}

/** Exact token count of what would be sent; see docs/api.md. */
export function countContext(
  body: {
    model: string
    chat_id?: string
    parent_id?: string | null
    content?: string
    files?: { file_id: string; pages?: number | null }[]
    system_prompt?: string | null
  },
  signal?: AbortSignal,
): Promise<ContextCount> {
  return request('/api/chat/context', { method: 'POST', body, signal })
}

type Lists = InfiniteData<ChatPage, string | null>

/** Change a chat wherever the cache holds it and put it first in its list; false where no list has it. */
export function raiseCached(client: QueryClient, id: string, change: Partial<Chat>): boolean {
  let found = false
  client.setQueriesData<Lists>({ queryKey: chatKeys.lists }, data => {
    const chat = data?.pages?.flatMap(page => page.items).find(one => one.id === id)
    if (!data || !chat) return data
    found = true
    const [first, ...others] = data.pages.map(page => ({
      ...page,
      items: page.items.filter(one => one.id !== id),
    }))
    if (!first) return data
    return {
      ...data,
      pages: [{ ...first, items: [{ ...chat, ...change }, ...first.items] }, ...others],
    }
  })
  client.setQueryData<Chat>(chatKeys.one(id), chat => chat && { ...chat, ...change })
  return found
}

/**
 * Change or drop (null) a chat wherever the cache holds it. One that moves into or out of the archive
 * leaves the list it was in; the list it joins is fetched anew.
 */
export function patchCached(client: QueryClient, id: string, change: Partial<Chat> | null): void {
  const leaves = (chat: Chat) =>
    chat.id === id && change?.archived !== undefined && change.archived !== chat.archived
  client.setQueriesData<Lists>({ queryKey: chatKeys.lists }, data => {
    // Folders and tags lie below the same key.
    if (!data?.pages?.some(page => page.items.some(chat => chat.id === id))) return data
    const pages = data.pages.map(page =>
      page.items.some(chat => chat.id === id)
        ? {
            ...page,
            items:
              change === null
                ? page.items.filter(chat => chat.id !== id)
                : page.items
                    .filter(chat => !leaves(chat))
                    .map(chat => (chat.id === id ? { ...chat, ...change } : chat)),
          }
        : page,
    )
    return { ...data, pages }
  })
  if (change !== null) {
    client.setQueryData<Chat>(chatKeys.one(id), chat => chat && { ...chat, ...change })
  }
}
