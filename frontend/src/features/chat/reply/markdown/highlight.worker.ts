/** Colours code off the main thread, so that a long listing never holds up a frame. */
import type { Language } from './languages'
import { type Piece, tokenize } from './tokenize'

export interface Ask {
  id: number
  code: string
  language: Language
}

export interface Answer {
  id: number
  lines: Piece[][] | null
}

self.onmessage = async ({ data }: MessageEvent<Ask>) => {
  const lines = await tokenize(data.code, data.language).catch(() => null)
  self.postMessage({ id: data.id, lines } satisfies Answer)
}
