/**
 * The languages there are: every file here that is named like one, `fr.ts` or `pt-BR.ts`, is fetched when
 * somebody wants it. How to write one: docs/translating.md.
 */
const files = import.meta.glob<{ default: object }>([
  './[a-z][a-z].ts',
  './[a-z][a-z]-*.ts',
  './[a-z][a-z][a-z].ts',
  './[a-z][a-z][a-z]-*.ts',
])

/** A tag of BCP 47, as the names of files have it. */
export type Language = string

/** Checked by the compiler: they lack no word, and need no other language beside them. */
const whole = new Set<Language>(['en', 'zh-CN'])

/** All tags, English first. */
export const languages: readonly Language[] = Object.keys(files)
  .map(name => name.slice(2, -3))
  .sort((one, other) => Number(other === 'en') - Number(one === 'en') || one.localeCompare(other))

export function isLanguage(value: string): value is Language {
  return languages.includes(value)
}

/** What a language calls itself. */
export function nameOf(language: Language): string {
  const locale = new Intl.Locale(language).maximize()
  // A country would say less than how it is written.
  const shown = locale.language === 'zh' ? `zh-${locale.script}` : language
  const name = new Intl.DisplayNames(language, { type: 'language' }).of(shown) ?? language
  return name.charAt(0).toLocaleUpperCase(language) + name.slice(1)
}

/** Fetch a language's words; where some are missing they are English. */
export async function wordsOf(language: Language): Promise<object> {
  const words = await read(language)
  return whole.has(language) ? words : laidOver(await read('en'), words)
}

async function read(language: Language): Promise<object> {
  return (await files[`./${language}.ts`]?.())?.default ?? {}
}

/** Words with others in their places, as far as there are others. */
export function laidOver(base: object, other: object): object {
  const merged: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(other)) {
    const below = merged[key]
    merged[key] = isGroup(below) && isGroup(value) ? laidOver(below, value) : value
  }
  return merged
}

function isGroup(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** The first of the reader's languages that we have; English otherwise. */
export function preferredLanguage(): Language {
  for (const wanted of navigator.languages ?? [navigator.language]) {
    const same = languages.find(one => one.toLowerCase() === wanted.toLowerCase())
    const found = same ?? languages.find(one => mainPart(one) === mainPart(wanted))
    if (found) return found
  }
  return 'en'
}

const mainPart = (tag: string) => tag.toLowerCase().split('-')[0]
