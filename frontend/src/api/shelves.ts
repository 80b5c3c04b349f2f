import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { request } from './client'

/** A folder or a tag, with how many chats it has; archived ones are not counted. */
export interface Tally {
  name: string
  count: number
}

export type Deed =
  | 'archive'
  | 'unarchive'
  | 'pin'
  | 'unpin'
  | 'move'
  | 'tag'
  | 'untag'
  | 'delete'
  | 'restore'
  | 'purge'

export interface TrashedChat {
  id: string
  title: string
  folder: string | null
  deleted_at: string
}

interface Trash {
  items: TrashedChat[]
  next_cursor: string | null
  days: number
}

// Below the lists: what changes these changes those.
const shelfKeys = {
  folders: ['chats', 'list', 'folders'] as const,
  tags: ['chats', 'list', 'tags'] as const,
  trash: ['chats', 'list', 'trash'] as const,
}

const items = (answer: { items: Tally[] }) => answer.items

export function folderList() {
  return queryOptions({
    queryKey: shelfKeys.folders,
    queryFn: ({ signal }) =>
      request<{ items: Tally[] }>('/api/chats/folders', { signal }).then(items),
  })
}

export function tagList() {
  return queryOptions({
    queryKey: shelfKeys.tags,
    queryFn: ({ signal }) => request<{ items: Tally[] }>('/api/chats/tags', { signal }).then(items),
  })
}

export function addFolder(name: string): Promise<unknown> {
  return request('/api/chats/folders', { method: 'POST', body: { name } })
}

export function renameFolder(folder: string, name: string): Promise<unknown> {
  return request('/api/chats/folders', { method: 'PUT', query: { folder }, body: { name } })
}

export function removeFolder(folder: string): Promise<void> {
  return request('/api/chats/folders', { method: 'DELETE', query: { folder } })
}

/** Do one thing to many chats: to all of them or to none. */
export function changeMany(
  action: Deed,
  ids: readonly string[],
  more: { folder?: string | null; tags?: string[] } = {},
): Promise<{ changed: string[]; missing: string[] }> {
  return request('/api/chats/bulk', { method: 'POST', body: { action, ids, ...more } })
}

export function trashList() {
  return infiniteQueryOptions({
    queryKey: shelfKeys.trash,
    queryFn: ({ pageParam, signal }) =>
      request<Trash>('/api/chats/trash', { query: { limit: 100, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: page => page.next_cursor,
  })
}

export function emptyTrash(): Promise<{ removed: number }> {
  return request('/api/chats/trash', { method: 'DELETE' })
}
