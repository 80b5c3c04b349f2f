import { queryOptions } from '@tanstack/react-query'
import { control } from '../client'
import { controlKeys } from './keys'
import type { Transfer } from './types'

const going = new Set<Transfer['status']>(['queued', 'running', 'verifying'])

export function isGoing(transfer: Transfer): boolean {
  return going.has(transfer.status)
}

/** All downloads; read every second while one is going. */
export function downloadList() {
  return queryOptions({
    queryKey: controlKeys.downloads,
    queryFn: ({ signal }) => control<Transfer[]>('/downloads', { signal }),
    refetchInterval: query => (query.state.data?.some(isGoing) ? 1_000 : 10_000),
    staleTime: 1_000,
  })
}
