/** What is read of a chat must not be older than the turns that this tab has begun in it. */
interface Turns {
  /** How many began or were stored. */
  count: number
  /** How many are on their way to the server. */
  under: number
  waiting: (() => void)[]
}

const turns = new Map<string, Turns>()

function of(chatId: string): Turns {
  const known = turns.get(chatId) ?? { count: 0, under: 0, waiting: [] }
  turns.set(chatId, known)
  return known
}

/** Note a turn that begins in a chat. The returned function is called once: it is stored, or nothing was. */
export function turning(chatId: string): () => void {
  const chat = of(chatId)
  chat.count += 1
  chat.under += 1
  return () => {
    chat.count += 1
    chat.under -= 1
    if (chat.under > 0) return
    for (const go of chat.waiting.splice(0)) go()
  }
}

/**
 * Read of a chat, and again where a turn began or was stored meanwhile: that answer would take the turn off
 * the page. While one is on its way to the server, nothing is read.
 */
export async function readFresh<T>(chatId: string, read: () => Promise<T>): Promise<T> {
  const chat = of(chatId)
  for (;;) {
    while (chat.under > 0) await new Promise<void>(go => chat.waiting.push(go))
    const before = chat.count
    const found = await read()
    if (chat.count === before) return found
  }
}
