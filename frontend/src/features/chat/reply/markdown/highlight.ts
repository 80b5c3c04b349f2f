import type { Answer, Ask } from './highlight.worker'
import type { Language } from './languages'
import type { Piece } from './tokenize'

/** Longer code stays plain: colouring it would take seconds and tens of thousands of elements. */
const longest = 120_000
const kept = 100

const cache = new Map<string, Piece[][]>()
const waiting = new Map<number, (lines: Piece[][] | null) => void>()
let worker: Worker | null | undefined
let lastId = 0

function start(): Worker | null {
  if (typeof Worker === 'undefined') return null
  const made = new Worker(new URL('./highlight.worker.ts', import.meta.url), { type: 'module' })
  made.onmessage = ({ data }: MessageEvent<Answer>) => {
    waiting.get(data.id)?.(data.lines)
    waiting.delete(data.id)
  }
  made.onerror = () => {
    for (const answer of waiting.values()) answer(null)
    waiting.clear()
    worker = null
  }
  return made
}

const keyOf = (code: string, language: Language) => `${language}\n${code}`

/** The coloured lines where they are known already; undefined otherwise. */
export function highlighted(code: string, language: Language): Piece[][] | undefined {
  return cache.get(keyOf(code, language))
}

/** Colour finished code; null where that is not possible. */
export async function highlight(code: string, language: Language): Promise<Piece[][] | null> {
  const known = highlighted(code, language)
  if (known) return known
  if (code.length > longest) return null
  if (worker === undefined) worker = start()
  if (!worker) return null
  const id = ++lastId
  const ask: Ask = { id, code, language }
  const answer = new Promise<Piece[][] | null>(resolve => waiting.set(id, resolve))
  worker.postMessage(ask)
  const lines = await answer
  if (lines) {
    cache.set(keyOf(code, language), lines)
    const oldest = cache.size > kept ? cache.keys().next().value : undefined
    if (oldest !== undefined) cache.delete(oldest)
  }
  return lines
}
