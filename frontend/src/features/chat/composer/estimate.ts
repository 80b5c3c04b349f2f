/** A guess at tokens from text, for the moments in which the tokenizer cannot be asked. Pure. */

const wide = /[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]/g

/** About how many tokens `text` is: four letters, or four fifths of a Chinese character, make one. */
export function estimateTokens(text: string): number {
  const wides = text.match(wide)?.length ?? 0
  return Math.ceil(wides * 0.8 + (text.length - wides) / 4)
}
