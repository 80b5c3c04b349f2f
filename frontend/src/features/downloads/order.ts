/** Downloads in the order in which they matter. Pure. */
import type { Transfer } from '@/api/control/types'

const rank: Record<Transfer['status'], number> = {
  failed: 0,
  running: 1,
  verifying: 1,
  queued: 2,
  paused: 3,
  complete: 4,
}

export interface Groups {
  underWay: Transfer[]
  finished: Transfer[]
}

/** Those that need somebody first; what is complete apart, the newest first. */
export function ordered(transfers: Transfer[]): Groups {
  return {
    underWay: transfers
      .filter(one => one.status !== 'complete')
      .sort(
        (a, b) =>
          rank[a.status] - rank[b.status] || Date.parse(a.created_at) - Date.parse(b.created_at),
      ),
    finished: transfers
      .filter(one => one.status === 'complete')
      .sort((a, b) => Date.parse(b.updated_at) - Date.parse(a.updated_at)),
  }
}

/** Bytes per second of all together. */
export function totalRate(transfers: Transfer[]): number {
  return transfers.reduce((sum, one) => sum + (one.rate ?? 0), 0)
}
