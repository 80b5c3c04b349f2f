/** Text of several lines, read as a list or as names with values. Pure. */

export function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map(line => line.trim())
    .filter(Boolean)
}

/** `NAME=value` or `Name: value`, one a line; a line without the sign is a name with nothing. */
export function pairsOf(text: string, sign: ':' | '='): Record<string, string> {
  const pairs = linesOf(text).map(line => {
    const at = line.indexOf(sign)
    return at < 0 ? [line, ''] : [line.slice(0, at).trim(), line.slice(at + 1).trim()]
  })
  return Object.fromEntries(pairs)
}
