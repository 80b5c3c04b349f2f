import type { ReactNode } from 'react'

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function plain(text: string): string {
  return text.replace(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return entities[name.toLowerCase()] ?? whole
    const code =
      name[1]?.toLowerCase() === 'x' ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}

export interface Piece {
  text: string
  marked: boolean
}

/** Split a snippet of the search (HTML-escaped, hits in `<mark>`) into plain pieces. */
export function piecesOf(snippet: string): Piece[] {
  const pieces: Piece[] = []
  let marked = false
  for (const part of snippet.split(/(<\/?mark>)/)) {
    if (part === '<mark>') marked = true
    else if (part === '</mark>') marked = false
    else if (part !== '') pieces.push({ text: plain(part), marked })
  }
  return pieces
}

/** A snippet as text nodes: nothing in it is ever read as HTML. */
export function Snippet({ html }: { html: string }): ReactNode {
  return piecesOf(html).map((piece, at) => {
    // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one string never move
    return piece.marked ? <mark key={at}>{piece.text}</mark> : <span key={at}>{piece.text}</span>
  })
}
