import { type QueryClient, queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useState } from 'react'
import { chatKeys, fetchChat, fetchMessages } from '@/api/chats'
import { ApiError } from '@/api/errors'
import type { Chat, MessagePage } from '@/api/types'
import { preloadReplies } from '../preload'
import { joinPages, prepend } from './branch'
import { readFresh } from './fresh'

/** A chat's own fields. Fetching it brings the newest messages along: one request opens a chat. */
export function chatQuery(client: QueryClient, id: string) {
  return queryOptions({
    queryKey: chatKeys.one(id),
    queryFn: async ({ signal }): Promise<Chat> => {
      preloadReplies()
      const { messages, has_more, ...chat } = await readFresh(id, () => fetchChat(id, signal))
      const key = chatKeys.messages(id)
      client.setQueryData<MessagePage>(key, known => joinPages(known, { messages, has_more }))
      return chat
    },
  })
}

interface Branch {
  chat: Chat | undefined
  page: MessagePage | undefined
  error: Error | null
  pending: boolean
  retry(): void
  /** Fetch what stands above; harmless while that is under way or nothing is there. */
  earlier(): Promise<void>
  loadingEarlier: boolean
}

/** A chat and the loaded part of its active branch. */
export function useBranch(id: string): Branch {
  const client = useQueryClient()
  const chat = useQuery(chatQuery(client, id))
  const key = chatKeys.messages(id)
  const messages = useQuery({
    queryKey: key,
    queryFn: async ({ signal }) => {
      const newest = await readFresh(id, () => fetchMessages(id, { limit: 50 }, signal))
      return joinPages(client.getQueryData<MessagePage>(key), newest)
    },
    // The chat's own request fills it first; afterwards it is fetched by itself.
    enabled: chat.isSuccess,
  })
  const [loadingEarlier, setLoading] = useState(false)
  const earlier = useCallback(async () => {
    const known = client.getQueryData<MessagePage>(chatKeys.messages(id))
    const first = known?.messages[0]
    if (!known?.has_more || !first) return
    setLoading(true)
    try {
      const page = await fetchMessages(id, { before: first.id, limit: 50 })
      client.setQueryData<MessagePage>(chatKeys.messages(id), now => now && prepend(now, page))
    } finally {
      setLoading(false)
    }
  }, [client, id])
  // Deleted elsewhere while it is open: what is written here could not be sent any more.
  const gone = chat.error instanceof ApiError && chat.error.status === 404
  return {
    chat: gone ? undefined : chat.data,
    page: messages.data,
    error: chat.data && !gone ? null : chat.error,
    pending: chat.isPending,
    retry: () => void chat.refetch(),
    earlier,
    loadingEarlier,
  }
}
