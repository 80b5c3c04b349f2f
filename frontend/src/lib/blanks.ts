/** The blanks of a prompt, `{{topic}}`: what they are, and the text once they are filled. Pure. */

export interface Blank {
  name: string
  kind: 'text' | 'select'
  /** What a select offers; [] for a text. */
  options: string[]
  /** What stands in the field at first. */
  initial: string
}

export type BuiltIn = 'date' | 'time' | 'language' | 'clipboard'

/**
 * What fills itself, with the names that Open WebUI has for it. A plain `language` is asked for: mostly it is the one
 * to translate into.
 */
const builtIns: Record<string, BuiltIn> = {
  date: 'date',
  time: 'time',
  clipboard: 'clipboard',
  CURRENT_DATE: 'date',
  CURRENT_TIME: 'time',
  USER_LANGUAGE: 'language',
  CLIPBOARD: 'clipboard',
}

const pattern =
  /\{\{[ \t]*([^\s{}:|][^{}:|\n]{0,59}?)[ \t]*(?::(text|select):([^{}\n]*?))?[ \t]*\}\}/g

export interface Reading {
  /** What a person has to fill, each once, in the order of the text. */
  blanks: Blank[]
  builtIns: Set<BuiltIn>
}

/** Find the blanks of a text. The first mention of a name says what it is. */
export function readBlanks(text: string): Reading {
  const found = new Map<string, Blank>()
  const own = new Set<BuiltIn>()
  for (const [, name = '', kind, rest = ''] of text.matchAll(pattern)) {
    const builtIn = kind === undefined ? builtIns[name] : undefined
    if (builtIn) own.add(builtIn)
    else if (!found.has(name)) found.set(name, blankOf(name, kind, rest))
  }
  return { blanks: [...found.values()], builtIns: own }
}

function blankOf(name: string, kind: string | undefined, rest: string): Blank {
  const options = kind === 'select' ? rest.split('|').map(one => one.trim()) : []
  const offered = options.filter(one => one !== '')
  if (offered.length === 0) {
    return { name, kind: 'text', options: [], initial: kind === 'text' ? rest.trim() : '' }
  }
  return { name, kind: 'select', options: offered, initial: offered[0] ?? '' }
}

/** The text with its blanks filled; one without a value stays as it is. */
export function fillBlanks(
  text: string,
  values: Record<string, string>,
  own: Partial<Record<BuiltIn, string>>,
): string {
  return text.replace(pattern, (whole, name: string, kind: string | undefined) => {
    const builtIn = kind === undefined ? builtIns[name] : undefined
    return (builtIn ? own[builtIn] : values[name]) ?? whole
  })
}
