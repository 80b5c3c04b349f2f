/** What is read of a chat must not be older than the turns that this tab has begun in it. */
const begun = new Map<string, number>()

/** Note that a turn begins in a chat, or is stored. */
export function turned(chatId: string): void {
  begun.set(chatId, (begun.get(chatId) ?? 0) + 1)
}

/** Read of a chat, and again where a turn began meanwhile: that answer would take the turn off the page. */
export async function readFresh<T>(chatId: string, read: () => Promise<T>): Promise<T> {
  for (;;) {
    const before = begun.get(chatId)
    const found = await read()
    if (begun.get(chatId) === before) return found
  }
}
