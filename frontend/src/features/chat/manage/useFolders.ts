import { useQuery } from '@tanstack/react-query'
import { folderList } from '@/api/shelves'

/** The names of the folders there are, empty ones too. */
export function useFolders(): string[] {
  return useQuery(folderList()).data?.map(folder => folder.name) ?? []
}
