import { readEvents } from '@/lib/sse'
import type { ErrorInfo } from './types'

export interface ImportProblem {
  index: number
  file: string | null
  title: string
  reasons: Pick<ErrorInfo, 'message' | 'sentence' | 'values'>[]
}

export interface ImportReport {
  done: boolean
  created: number
  updated: number
  present: number
  failed: number
  messages: number
  /** Pictures and documents that came along, and those that did not. */
  files: number
  missing: number
  sources: Record<string, number>
  chat_ids: string[]
  problems: ImportProblem[]
  /** Chats of which some files could not be taken in. */
  incomplete: ImportProblem[]
  error: ErrorInfo | null
}

/** Send an export's file as it is and hear how far the server is with it. Throws as `readEvents`. */
export function importChats(
  file: File,
  each: (report: ImportReport) => void,
  signal: AbortSignal,
): Promise<void> {
  const zip = /\.zip$/i.test(file.name) || file.type.includes('zip')
  const init: RequestInit = {
    method: 'POST',
    body: file,
    headers: { 'content-type': zip ? 'application/zip' : 'application/json' },
    signal,
  }
  return readEvents('/api/chats/import?stream=true', init, data => each(JSON.parse(data)))
}
