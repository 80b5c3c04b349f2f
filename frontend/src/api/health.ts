import { queryOptions } from '@tanstack/react-query'
import { request } from './client'
import type { Health } from './types'

export function health() {
  return queryOptions({
    queryKey: ['health'],
    queryFn: ({ signal }) => request<Health>('/api/health', { signal }),
  })
}
