/** Cuts a growing answer into whole sentences for a screen reader. Pure. */

/** A finished code fence, or (last) one that is still open. */
const fence = /^ {0,3}(`{3,}|~{3,})[^\n]*\n[\s\S]*?^ {0,3}\1[`~]*[ \t]*$/gm
const openFence = /^ {0,3}(?:`{3,}|~{3,})/m

/** Markdown as one would read it out. */
export function spoken(markdown: string, code: string): string {
  return markdown
    .replace(fence, `${code}\n\n`)
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/^[ \t]*(?:#{1,6}|>|[-*+]|\d+[.)])[ \t]+/gm, '')
    .replace(/^[ \t]*\|?[ \t:|-]+\|[ \t:|-]*$/gm, '')
    .replace(/[*_`~|]+/g, ' ')
    .replace(/[ \t]+/g, ' ')
    .trim()
}

export interface Heard {
  /** What can be said now, '' for nothing. */
  speech: string
  /** Up to which character of the text everything has been said. */
  upTo: number
}

const pieces = new Map<string, Intl.Segmenter>()

function segmenter(locale: string): Intl.Segmenter {
  const known = pieces.get(locale) ?? new Intl.Segmenter(locale, { granularity: 'sentence' })
  pieces.set(locale, known)
  return known
}

/**
 * The sentences that are whole since character `from`. The last one is held back until something follows
 * it or the text is finished: "3." may become "3.14".
 */
export function nextSentences(
  text: string,
  from: number,
  finished: boolean,
  locale: string,
  code: string,
): Heard {
  const rest = text.slice(from)
  if (finished) return { speech: spoken(rest, code), upTo: text.length }
  const closed = rest.replace(fence, block => ' '.repeat(block.length))
  const open = closed.search(openFence)
  const readable = open < 0 ? closed : closed.slice(0, open)
  let end = 0
  let start = 0
  for (const { segment, index } of segmenter(locale).segment(readable)) {
    start = index
    end = index + segment.length
  }
  // Before an open fence everything has been said; otherwise the last sentence waits.
  const upTo = open < 0 ? start : end
  return { speech: upTo > 0 ? spoken(rest.slice(0, upTo), code) : '', upTo: from + upTo }
}
