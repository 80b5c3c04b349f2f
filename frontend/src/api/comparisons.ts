import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { request } from './client'
import type { components } from './schema.gen'
import type { Message } from './types'

type Schemas = components['schemas']

export type Outcome = Schemas['Outcome']
export type ComparisonLine = Schemas['ComparisonLine']
export type Comparison = ComparisonLine & { question: Message; answers: Message[] }
export type Standing = Schemas['Standing']
export type ComparisonBody = Schemas['NewComparison']

export const comparisonKeys = {
  list: ['comparisons'] as const,
  one: (id: string) => ['comparisons', 'one', id] as const,
  standings: ['comparisons', 'standings'] as const,
}

const path = (id: string) => `/api/comparisons/${encodeURIComponent(id)}`

export function comparison(id: string) {
  return queryOptions({
    queryKey: comparisonKeys.one(id),
    queryFn: ({ signal }) => request<Comparison>(path(id), { signal }),
  })
}

export function comparisonList() {
  return queryOptions({
    queryKey: comparisonKeys.list,
    queryFn: async ({ signal }) =>
      (await request<{ items: ComparisonLine[] }>('/api/comparisons', { signal })).items,
  })
}

/** How models stand by the person's votes, or for administrators by everybody's. */
export function standings(whose: 'own' | 'team') {
  const path = whose === 'team' ? '/standings/team' : '/standings'
  return queryOptions({
    queryKey: [...comparisonKeys.standings, whose],
    queryFn: ({ signal }) =>
      request<{ votes: number; items: Standing[] }>(`/api/comparisons${path}`, { signal }),
  })
}

/** Keeps what the server answers with. */
function useKept<Body>(send: (body: Body) => Promise<Comparison>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: send,
    onSuccess: shown => {
      client.setQueryData<Comparison>(comparisonKeys.one(shown.id), shown)
      client.invalidateQueries({ queryKey: comparisonKeys.standings })
      client.invalidateQueries({ queryKey: comparisonKeys.list, exact: true })
      // The vote has told who wrote them.
      if (shown.blind) client.invalidateQueries({ queryKey: ['chats', 'messages', shown.chat_id] })
    },
  })
}

export function useCompare() {
  return useKept((body: ComparisonBody) =>
    request<Comparison>('/api/comparisons', { method: 'POST', body }),
  )
}

export function useVote(id: string) {
  return useKept((body: { outcome: Outcome; answer_id?: string }) =>
    request<Comparison>(`${path(id)}/vote`, { method: 'POST', body }),
  )
}

/** Have one answer made anew. */
export function useAnswerAgain(id: string) {
  return useKept((answer: string) =>
    request<Comparison>(`${path(id)}/again`, { method: 'POST', body: { answer_id: answer } }),
  )
}

/** Stop all answers. */
export function useStopAll(id: string) {
  return useKept((_: undefined) => request<Comparison>(`${path(id)}/stop`, { method: 'POST' }))
}
