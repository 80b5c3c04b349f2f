import {
  InfiniteQueryObserver,
  type QueryClient,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { useCallback, useMemo, useSyncExternalStore } from 'react'
import { create } from 'zustand'
import { persist } from 'zustand/middleware'
import { chatList } from '@/api/chats'
import { folderList } from '@/api/shelves'
import { pinnedShelf, type Shelves } from './groups'

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
  const pages = useShelfPages(wanted && partly ? [pinnedShelf, ...shown.map(one => one.name)] : [])
  const shelves = useMemo<Shelves | undefined>(
    () =>
      wanted
        ? {
            folders,
            open: new Set(unfolded),
            more: pages.flatMap(one => one.chats),
            partly: new Set(pages.flatMap(one => (one.next ? [one.name] : []))),
          }
        : undefined,
    [wanted, folders, unfolded, pages],
  )
  const toggle = useCallback((name: string) => {
    useOpen.setState(({ open }) => ({
      open: open.includes(name) ? open.filter(one => one !== name) : [...open, name],
    }))
  }, [])
  const fetchRest = (name: string) => pages.find(one => one.name === name)?.next?.()
  return { shelves, toggle, fetchRest }
}

/** The fetched chats of each shelf, and how to fetch more where there are more. There is no hook for a number of lists. */
function useShelfPages(names: string[]) {
  const client = useQueryClient()
  const which = JSON.stringify(names)
  const store = useMemo(() => observed(client, JSON.parse(which)), [client, which])
  return useSyncExternalStore(store.subscribe, store.get)
}

function observed(client: QueryClient, names: string[]) {
  const lists = names.map(name => {
    const filter = name === pinnedShelf ? { pinned: true } : { folder: name }
    return {
      name,
      list: new InfiniteQueryObserver(client, chatList({ archived: false, ...filter })),
    }
  })
  const read = () =>
    lists.map(({ name, list }) => {
      const { data, hasNextPage, fetchNextPage } = list.getCurrentResult()
      return {
        name,
        chats: data?.pages.flatMap(page => page.items) ?? [],
        next: hasNextPage ? () => void fetchNextPage({ cancelRefetch: false }) : null,
      }
    })
  let now = read()
  return {
    get: () => now,
    subscribe: (tell: () => void) => {
      const heard = () => {
        now = read()
        tell()
      }
      const ends = lists.map(({ list }) => list.subscribe(heard))
      heard()
      return () => {
        for (const end of ends) end()
      }
    },
  }
}
