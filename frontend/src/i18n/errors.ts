/** The server's errors in the reader's language. Pure, but for the words of the language that is shown. */
import { ApiError } from '@/api/errors'
import type { ErrorInfo } from '@/api/types'
import { engineName } from '@/lib/engines'
import { formatBytes, formatDuration, formatNumber, inARow } from '@/lib/format'

interface Pair {
  message: string
  remedy: string
}

/** A sentence and perhaps a remedy for each name, and what fields are called. */
interface Sentences {
  sentences?: Record<string, Partial<Pair>>
  fields?: Record<string, string>
}

/** The words of a language: a pair for each code, and its sentences. */
interface Spoken extends Sentences {
  [code: string]: string | Pair | Record<string, Partial<Pair> | string> | undefined
}

type Values = NonNullable<ErrorInfo['values']>

/** What of a language's words is of use here. */
interface Words {
  errors?: Spoken
  launch?: { fields?: Record<string, string> }
}

/** Sentences in files of their own, which are fetched when the server first says one: most readers meet none. */
const files = import.meta.glob<{ default: Words }>([
  './sentences.[a-z][a-z].ts',
  './sentences.[a-z][a-z]-*.ts',
  './sentences.[a-z][a-z][a-z].ts',
  './sentences.[a-z][a-z][a-z]-*.ts',
  '!./sentences.en.ts',
])

let known: Spoken = {}
let options: Record<string, string> = {}
let locale = 'en'
let coming: Promise<void> | null = null
const listeners = new Set<() => void>()

/** Take the words of a language; one without any shows the server's own. */
export function speakErrors(words: object, language = 'en'): void {
  const { errors, launch } = words as Words
  known = errors ?? {}
  options = launch?.fields ?? {}
  locale = language
  coming = null
}

/** Be told when the sentences of the language have come, which were missing until then. Returns how to end it. */
export function onSentences(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Have the language's sentences; at once where they are there, or where it has none of its own. */
export function sentencesReady(): Promise<void> {
  const load = known.sentences ? undefined : files[`./sentences.${locale}.ts`]
  if (!load) return Promise.resolve()
  const language = locale
  coming ??= load().then(
    ({ default: words }) => {
      if (language !== locale) return
      known = { ...known, ...words.errors }
      options = words.launch?.fields ?? options
      for (const listener of listeners) listener()
    },
    () => {
      coming = null
    },
  )
  return coming
}

export interface Told {
  message: string
  remedy: string | null
  /** The server's own sentences, where the message is not: they say more, in English. */
  said: string | null
}

type Tellable = Pick<ErrorInfo, 'code' | 'message' | 'remedy' | 'param' | 'sentence' | 'values'>

/** Return an error as it is shown. */
export function told(error: Tellable): Told {
  const found = known[error.code]
  const words = isPair(found) ? found : null
  if (error.sentence) void sentencesReady()
  const exact = error.sentence ? known.sentences?.[error.sentence] : undefined
  if (exact?.message !== undefined) {
    const values = error.values ?? {}
    const remedy = exact.remedy ?? words?.remedy ?? error.remedy
    return {
      message: filled(exact.message, values),
      remedy: remedy ? filled(remedy, values) : null,
      said: null,
    }
  }
  if (!words) return { message: error.message, remedy: error.remedy ?? null, said: null }
  const field = known.field
  const message =
    error.param && typeof field === 'string'
      ? filled(field, { message: words.message, field: error.param })
      : words.message
  const own = inARow(error.message, error.remedy)
  const said = typeof known.said === 'string' ? filled(known.said, { words: own }) : own
  return { message, remedy: words.remedy, said }
}

/** The same on one line, for places that have no more, such as the very field that it is about. */
export function toldShortly(error: Tellable): string {
  // not spread: the message of an Error is no property that a spread takes along
  const { code, message: own, remedy: way, sentence, values } = error
  const { message, remedy, said } = told({ code, message: own, remedy: way, sentence, values })
  return inARow(message, said ?? remedy)
}

/** What the server has against one of these fields, on one line; null where it is about something else. */
export function refusalAt(error: unknown, ...fields: string[]): string | null {
  if (!(error instanceof ApiError)) return null
  const [field = ''] = (error.param ?? '').split('.')
  return fields.includes(field) ? toldShortly(error) : null
}

/** A sentence of the server's that comes without a code. */
export function toldWords({ message, sentence, values }: Omit<Tellable, 'code'>): string {
  return told({ code: '', message, sentence, values }).message
}

/** Why an engine cannot be used here, and what to do about it. */
export function toldEngine(
  engine: Partial<Omit<Tellable, 'code'>> & { reason?: string | null },
): Told {
  const { reason, remedy, sentence, values } = engine
  return told({ code: '', message: reason ?? '', remedy, sentence, values })
}

/** A sentence of the server's that has no name; null where readers speak another language. */
export function inEnglish(sentence: string | null | undefined): string | null {
  return known.said === undefined ? (sentence ?? null) : null
}

/** What the page calls a field of a request: of `params.stop[2]` it is `stop` that people know. */
function called(field: string): string {
  const own =
    field
      .replace(/\[\d+\]/g, '')
      .split('.')
      .at(-1) ?? field
  return known.fields?.[own] ?? options[own] ?? field
}

function isPair(words: Spoken[string]): words is Pair {
  return typeof words === 'object' && typeof words.message === 'string'
}

function filled(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name]
    return value === undefined ? whole : shown(name, value)
  })
}

function shown(name: string, value: string | number): string {
  if (name === 'field') return called(String(value))
  if (name === 'engine') return engineName(String(value))
  if (typeof value === 'string') return value
  if (name.endsWith('_bytes')) return formatBytes(value, locale)
  if (name.endsWith('_seconds')) return formatDuration(value * 1000, locale)
  return formatNumber(value, locale)
}
