/** What hangs on a message besides its words. Pure. */
import type { StoredFile } from '@/api/files'
import type { ErrorInfo, FilePart } from '@/api/types'

/** `sending`: on its way. `reading`: the server has it and reads it. */
export type Step = 'sending' | 'reading' | 'ready' | 'failed'

export interface Attachment {
  /** The page's own name for it. */
  id: string
  name: string
  size: number
  step: Step
  /** What share has been sent. */
  progress: number
  /** An address of this page alone, for an image that the server does not have yet. */
  preview: string | null
  /** A paste that can go back into the text box. */
  text: string | null
  file: StoredFile | null
  /** Only so many pages are read; null: all. */
  pages: number | null
  /** Why it failed; null where the server did not answer. */
  error: ErrorInfo | null
}

/** A paste beyond either becomes an attachment; the text box stays quick and readable. */
const longPaste = { characters: 6000, lines: 120 }
/** Up to here a paste can still be put into the text box. */
export const longestInBox = 30_000

function countLines(text: string): number {
  let lines = 1
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1
  // A last line break ends a line and begins none.
  return text.endsWith('\n') ? lines - 1 : lines
}

/** Whether a paste is too long for the text box. */
export function isLongPaste(text: string): boolean {
  return text.length > longPaste.characters || countLines(text) > longPaste.lines
}

/** Whether models are shown it; everything else they read. */
export function isImage(file: Pick<StoredFile | FilePart, 'width'>): boolean {
  return file.width !== null
}

/** An attachment that the server has. */
export function attached(file: StoredFile, pages: number | null = null): Attachment {
  return {
    id: file.id,
    name: file.name,
    size: file.size,
    step: 'ready',
    progress: 1,
    preview: null,
    text: null,
    file,
    pages,
    error: null,
  }
}

/** About how many tokens are read of it. */
export function tokensOf(file: StoredFile, pages: number | null): number {
  if (pages === null || !file.pages || pages >= file.pages) return file.tokens
  return Math.round((file.tokens * pages) / file.pages)
}

/** An attached file as a part of the message that is sent. */
export function partOf({ file, pages }: Attachment): FilePart | null {
  if (!file) return null
  return {
    type: 'file',
    file_id: file.id,
    name: file.name,
    media_type: file.media_type,
    size: file.size,
    width: file.width,
    height: file.height,
    tokens: tokensOf(file, pages),
    pages,
    total: file.pages,
    gone: false,
  }
}
