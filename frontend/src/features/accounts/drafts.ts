const prefix = 'stellarchat.draft.'
const owner = 'stellarchat.user'

/** Drafts are kept in this browser: those of somebody else are not shown to whoever logs in next. */
export function leaveAnothersDrafts(id: string): void {
  try {
    const before = localStorage.getItem(owner)
    if (before !== null && before !== id) {
      for (const key of Object.keys(localStorage)) {
        if (key.startsWith(prefix)) localStorage.removeItem(key)
      }
    }
    localStorage.setItem(owner, id)
  } catch {
    // Storage is blocked: nothing is kept either.
  }
}
