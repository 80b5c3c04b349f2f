/** The server's errors in the reader's language. Pure, but for the words of the language that is shown. */
import { ApiError } from '@/api/errors'
import type { ErrorInfo } from '@/api/types'
import { formatBytes, formatDuration, formatNumber } from '@/lib/format'

interface Pair {
  message: string
  remedy: string
}

/** The words of a language: a pair for each code, a sentence and perhaps a remedy for each sentence's name. */
interface Spoken {
  [code: string]: string | Pair | Record<string, Partial<Pair>> | undefined
  sentences?: Record<string, Partial<Pair>>
}

type Values = NonNullable<ErrorInfo['values']>

let known: Spoken = {}
let locale = 'en'

/** Take the sentences of a language; one without any shows the server's own. */
export function speakErrors(words: object, language = 'en'): void {
  known = (words as { errors?: Spoken }).errors ?? {}
  locale = language
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
  const own = [error.message, error.remedy].filter(Boolean).join(' ')
  const said = typeof known.said === 'string' ? filled(known.said, { words: own }) : own
  return { message, remedy: words.remedy, said }
}

/** The same on one line, for places that have no more, such as the very field that it is about. */
export function toldShortly(error: Tellable): string {
  // not spread: the message of an Error is no property that a spread takes along
  const { code, message: own, remedy: way, sentence, values } = error
  const { message, remedy, said } = told({ code, message: own, remedy: way, sentence, values })
  return [message, said ?? remedy].filter(Boolean).join(' ')
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

/** A sentence of the server's that has no name; null where readers speak another language. */
export function inEnglish(sentence: string | null | undefined): string | null {
  return known.said === undefined ? (sentence ?? null) : null
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
  if (typeof value === 'string') return value
  if (name.endsWith('_bytes')) return formatBytes(value, locale)
  if (name.endsWith('_seconds')) return formatDuration(value * 1000, locale)
  return formatNumber(value, locale)
}
