/** What was typed and not sent, kept per chat in this browser. */
import type { StoredFile } from '@/api/files'

const prefix = 'stellarchat.draft.'
const fresh = 'new'
/** Longer drafts are not kept: storage is small and shared. */
const longest = 200_000
const kept = 50

const keyOf = (chatId: string | null) => prefix + (chatId ?? fresh)

/** The draft of a chat (null: the new chat); '' where there is none. */
export function readDraft(chatId: string | null): string {
  try {
    return localStorage.getItem(keyOf(chatId)) ?? ''
  } catch {
    return ''
  }
}

/** Keep or, when blank, forget the draft of a chat. */
export function writeDraft(chatId: string | null, text: string): void {
  try {
    const key = keyOf(chatId)
    if (text.trim() === '' || text.length > longest) {
      localStorage.removeItem(key)
      return
    }
    if (localStorage.getItem(key) === null) makeRoom()
    localStorage.setItem(key, text)
  } catch {
    // Storage is full or blocked: the draft lives as long as the page.
  }
}

/** Put words before a text, a blank line between them. */
export function before(words: string, text: string): string {
  return [words, text].filter(Boolean).join('\n\n')
}

type Spent = (chatId: string | null, words: string, by: object) => void
const listeners = new Set<Spent>()

/** Hear of words that were stored as a message, so that a box that shows them as a draft can let go of them. */
export function onSpent(listener: Spent): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Take words out of a chat's draft: they are stored as a message. `by` is the box that sent them. */
export function spend(chatId: string | null, words: string, by: object): void {
  writeDraft(chatId, without(words, readDraft(chatId)))
  for (const tell of listeners) tell(chatId, words, by)
}

/** Return a text without the words that it begins with. */
export function without(words: string, text: string): string {
  return text.startsWith(words) ? text.slice(words.length).replace(/^\n+/, '') : text
}

function makeRoom(): void {
  const keys = Object.keys(localStorage).filter(key => key.startsWith(prefix))
  for (const key of keys.slice(0, Math.max(0, keys.length - kept))) localStorage.removeItem(key)
}

const filesPrefix = 'stellarchat.draft-files.'

/** A file that is attached to a message which was not sent yet. */
export interface DraftFile {
  file: StoredFile
  pages: number | null
}

/** The files of a chat's draft (null: the new chat). */
export function readDraftFiles(chatId: string | null): DraftFile[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(filesPrefix + (chatId ?? fresh)) ?? '[]')
    return Array.isArray(kept) ? kept.filter(one => typeof one?.file?.id === 'string') : []
  } catch {
    return []
  }
}

export function writeDraftFiles(chatId: string | null, files: DraftFile[]): void {
  try {
    const key = filesPrefix + (chatId ?? fresh)
    if (files.length === 0) localStorage.removeItem(key)
    else localStorage.setItem(key, JSON.stringify(files))
  } catch {
    // Storage is full or blocked: they stay as long as the page.
  }
}

/** Take a draft with its files from one chat to another, behind what is there. */
export function moveDraft(from: string | null, to: string | null): void {
  writeDraft(to, [readDraft(to), readDraft(from)].filter(Boolean).join('\n\n'))
  writeDraftFiles(to, [...readDraftFiles(to), ...readDraftFiles(from)])
  writeDraft(from, '')
  writeDraftFiles(from, [])
}
