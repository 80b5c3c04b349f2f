/** Attached files: sending them with their progress, and what the server knows of them. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { address, request } from './client'
import { lost, reached } from './contact'
import { errorFrom, OfflineError } from './errors'
import { unauthorised } from './session'

type PageKind = 'page' | 'slide' | 'sheet' | 'part'

/** A file as the server keeps it. Images have a size in pixels, everything else pages and text. */
export interface StoredFile {
  id: string
  name: string
  media_type: string
  size: number
  width: number | null
  height: number | null
  pages: number | null
  page_kind: PageKind | null
  text_chars: number | null
  /** About what a model reads. */
  tokens: number
  created_at: string
}

/** A file among all of a person's, with the chats it was attached in: at most twenty of `chat_count`. */
export interface KeptFile extends StoredFile {
  chats: { chat_id: string; title: string; deleted: boolean }[]
  chat_count: number
}

interface KeptFiles {
  items: KeptFile[]
  next_cursor: string | null
  /** Of all the person has, whatever is asked for; `allowed` null: there is no bound. */
  total: number
  used: number
  allowed: number | null
}

export interface FileFilter {
  q: string
  kind: 'image' | 'document' | null
  order: 'newest' | 'largest'
}

/** What models read of a document. */
export interface FileText {
  text: string
  taken: number
  total: number
  kind: PageKind
}

const at = (id: string, form = '') => `/api/files/${encodeURIComponent(id)}${form}`

/** Where the file itself is; browsers keep it and never open it, but an image can be shown. */
export const fileAddress = (id: string) => at(id)
export const thumbnailAddress = (id: string) => at(id, '/thumbnail')

type Progress = (share: number) => void

/**
 * Send a file. `progress` hears what share has been sent; at 1 the server begins to read it.
 * @throws ApiError with a remedy; OfflineError; AbortError
 */
export function uploadFile(
  file: Blob,
  name: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<StoredFile> {
  return upload('/api/files', file, name, progress, signal)
}

/** Send a PDF of which the server makes images, the first pages at most. Throws as `uploadFile`. */
export function uploadPages(
  file: Blob,
  name: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<{ files: StoredFile[]; total: number }> {
  return upload('/api/files/pages', file, name, progress, signal)
}

function upload<T>(
  path: string,
  file: Blob,
  name: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<T> {
  // fetch tells nothing of how far a body has gone.
  const sending = new XMLHttpRequest()
  return new Promise((resolve, reject) => {
    const aborted = () => {
      sending.abort()
      reject(new DOMException('The upload was called off', 'AbortError'))
    }
    if (signal.aborted) return aborted()
    signal.addEventListener('abort', aborted, { once: true })
    sending.open('POST', address(path, { name }))
    sending.responseType = 'json'
    sending.upload.onprogress = event => event.total > 0 && progress(event.loaded / event.total)
    sending.upload.onload = () => progress(1)
    sending.onload = () => {
      reached()
      if (sending.status < 300) return resolve(sending.response as T)
      if (sending.status === 401) unauthorised()
      reject(errorFrom(sending.status, sending.response))
    }
    sending.onerror = () => {
      lost()
      reject(new OfflineError('The server does not answer'))
    }
    sending.setRequestHeader('content-type', 'application/octet-stream')
    sending.send(file)
  })
}

export function getFile(id: string): Promise<StoredFile> {
  return request(at(id, '/about'))
}

const listKey = ['files', 'list'] as const
export const fileKeys = { list: listKey }

/** A person's files; what was shown stays while other words are looked for. */
export function keptFiles(filter: FileFilter) {
  return infiniteQueryOptions({
    queryKey: [...listKey, filter],
    queryFn: ({ pageParam, signal }) =>
      request<KeptFiles>('/api/files', {
        query: { ...filter, q: filter.q || null, cursor: pageParam },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: page => page.next_cursor,
    placeholderData: keepPreviousData,
  })
}

/** How many files the person has, and what they take. */
export function fileUse() {
  return queryOptions({
    queryKey: [...listKey, 'use'],
    queryFn: ({ signal }) => request<KeptFiles>('/api/files', { query: { limit: 1 }, signal }),
  })
}

/** Remove files for good, those of messages too: all of them, or none. */
export function removeFiles(ids: readonly string[]): Promise<{ ids: string[]; messages: number }> {
  return request('/api/files/remove', { method: 'POST', body: { ids } })
}

export function deleteFile(id: string): Promise<void> {
  return request(at(id), { method: 'DELETE' })
}

/** What models read of a document, of its first pages only where so many are named. */
export function fileText(id: string, pages: number | null) {
  return queryOptions({
    queryKey: ['files', id, 'text', pages],
    queryFn: ({ signal }) => request<FileText>(at(id, '/text'), { query: { pages }, signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })
}
