import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { request } from './client'
import type { components } from './schema.gen'

type Schemas = components['schemas']

export type Rating = Schemas['Rating']
export type RatingBody = Schemas['RatingBody']

const key = (chatId: string) => ['ratings', chatId] as const

/** One's own ratings of the replies in a chat. */
export function chatRatings(chatId: string) {
  return queryOptions({
    queryKey: key(chatId),
    queryFn: ({ signal }) =>
      request<Schemas['ChatRatings']>(`/api/chats/${encodeURIComponent(chatId)}/ratings`, {
        signal,
      }),
    staleTime: Number.POSITIVE_INFINITY,
  })
}

/** Rate a reply, or with null take one's rating back: shown at once, and undone where it is refused. */
export function useRate(chatId: string, messageId: string) {
  const client = useQueryClient()
  const path = `/api/chats/${encodeURIComponent(chatId)}/messages/${encodeURIComponent(messageId)}/rating`
  const place = (rating: Rating | null) =>
    client.setQueryData<Schemas['ChatRatings']>(key(chatId), known => {
      const others = (known?.items ?? []).filter(one => one.message_id !== messageId)
      return { items: rating ? [...others, rating] : others }
    })
  return useMutation({
    mutationFn: (body: RatingBody | null) =>
      body
        ? request<Rating>(path, { method: 'PUT', body })
        : request<null>(path, { method: 'DELETE' }),
    onMutate: body => {
      const before = client.getQueryData<Schemas['ChatRatings']>(key(chatId))
      const now = new Date().toISOString()
      place(
        body && {
          message_id: messageId,
          chat_id: chatId,
          model: null,
          rating: body.rating,
          reason: body.reason ?? null,
          comment: body.comment ?? null,
          created_at: now,
          updated_at: now,
        },
      )
      return { before }
    },
    onSuccess: rating => place(rating ?? null),
    onError: (_error, _body, context) => client.setQueryData(key(chatId), context?.before),
  })
}
