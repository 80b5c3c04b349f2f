import { useInfiniteQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { chatList } from '@/api/chats'
import { foldersOf } from '../sidebar/groups'

/** The folders there are, as far as the list of chats has been loaded. */
export function useFolders(): string[] {
  const { data } = useInfiniteQuery(chatList())
  return useMemo(() => foldersOf(data?.pages.flatMap(page => page.items) ?? []), [data])
}
