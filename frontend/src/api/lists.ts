/** Keeping lists of chats in step without fetching all of their pages anew: there may be thousands. */
import type { InfiniteData, QueryClient } from '@tanstack/react-query'
import { chatKeys } from './chats'
import type { Chat, ChatPage } from './types'

export type Pages = InfiniteData<ChatPage, string | null>

/**
 * The newest page put before what was listed: chats that moved up or are gone leave their old place. Where
 * both have nothing in common, too much is new, and only the new page stays.
 */
export function joined(old: Pages, fresh: ChatPage): Pages {
  const only: Pages = { pages: [fresh], pageParams: [null] }
  const end = fresh.items.at(-1)
  if (!fresh.next_cursor || !end) return only
  const ids = new Set(fresh.items.map(chat => chat.id))
  const stays = (chat: Chat) => !ids.has(chat.id) && chat.last_message_at <= end.last_message_at
  const before = old.pages[0]?.items ?? []
  if (!before.some(chat => ids.has(chat.id))) return only
  const pages: ChatPage[] = [fresh]
  const params: (string | null)[] = [null]
  old.pages.forEach((page, at) => {
    const items = page.items.every(stays) ? page.items : page.items.filter(stays)
    if (items.length === 0) return
    pages.push(items === page.items ? page : { ...page, items })
    params.push(at === 0 ? fresh.next_cursor : (old.pageParams[at] ?? null))
  })
  return { pages, pageParams: params }
}

function isPages(data: unknown): data is Pages {
  return typeof data === 'object' && data !== null && 'pages' in data
}

/** Fetch what is new in all lists of chats: of a long one its first page. */
export async function refreshLists(client: QueryClient): Promise<void> {
  const waiting: Promise<unknown>[] = []
  for (const query of client.getQueryCache().findAll({ queryKey: chatKeys.lists })) {
    const data: unknown = query.state.data
    const long = isPages(data) && data.pages.length > 1
    if (long && query.isActive()) {
      waiting.push(renewed(client, query.queryKey, data))
    } else {
      if (long)
        client.setQueryData(query.queryKey, { pages: data.pages.slice(0, 1), pageParams: [null] })
      waiting.push(client.invalidateQueries({ queryKey: query.queryKey, exact: true }))
    }
  }
  await Promise.all(waiting)
}

async function renewed(client: QueryClient, key: readonly unknown[], old: Pages): Promise<void> {
  const options = client.getQueryCache().find({ queryKey: key, exact: true })?.options
  const fetchPage = options?.queryFn
  if (typeof fetchPage !== 'function') return
  const context = { client, queryKey: key, pageParam: null, direction: 'forward', meta: undefined }
  const signal = new AbortController().signal
  try {
    const fresh = (await fetchPage({ ...context, signal } as never)) as ChatPage
    client.setQueryData<Pages>(key, current => joined(current ?? old, fresh))
  } catch {
    // It stays as it is; whoever is offline is told so elsewhere.
  }
}

/** Whether a chat is listed below the first page, which `refreshLists` does not look at. */
export function isFarDown(client: QueryClient, id: string): boolean {
  return client
    .getQueriesData<Pages>({ queryKey: chatKeys.lists })
    .some(([, data]) => data?.pages?.slice(1).some(page => page.items.some(chat => chat.id === id)))
}
