import { useQueries, useQuery } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import { create } from 'zustand'
import { persist } from 'zustand/middleware'
import { shelfList } from '@/api/chats'
import { folderList } from '@/api/shelves'
import type { Shelves } from './groups'

/** The folders that are unfolded, kept in this browser. */
const useOpen = create<{ open: string[] }>()(
  persist(() => ({ open: [] as string[] }), { name: 'folders' }),
)

const none: Shelves['folders'] = []

/**
 * Folders, and the chats on shelves that the list below may not hold. `wanted` is false where there is
 * nothing but dates, `partly` true while not all chats are listed.
 */
export function useShelves(wanted: boolean, partly: boolean) {
  const unfolded = useOpen(state => state.open)
  const { data: folders = none } = useQuery({ ...folderList(), enabled: wanted })
  const shown = folders.filter(folder => unfolded.includes(folder.name) && folder.count > 0)
  const asked = wanted && partly
  const more = useQueries({
    queries: asked
      ? [shelfList({ pinned: true }), ...shown.map(({ name }) => shelfList({ folder: name }))]
      : [],
    combine: results =>
      results.flatMap(result => result.data?.pages.flatMap(page => page.items) ?? []),
  })
  const shelves = useMemo<Shelves | undefined>(
    () => (wanted ? { folders, open: new Set(unfolded), more } : undefined),
    [wanted, folders, unfolded, more],
  )
  const toggle = useCallback((name: string) => {
    useOpen.setState(({ open }) => ({
      open: open.includes(name) ? open.filter(one => one !== name) : [...open, name],
    }))
  }, [])
  return { shelves, toggle }
}
