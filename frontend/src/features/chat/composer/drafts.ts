/** What was typed and not sent, kept per chat in this browser. */

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

function makeRoom(): void {
  const keys = Object.keys(localStorage).filter(key => key.startsWith(prefix))
  for (const key of keys.slice(0, Math.max(0, keys.length - kept))) localStorage.removeItem(key)
}
