/** The server's errors in the reader's language. Pure, but for the words of the language that is shown. */
import { ApiError } from '@/api/errors'
import type { ErrorInfo } from '@/api/types'

type Sentences = Record<string, string | { message: string; remedy: string }>

let known: Sentences = {}

/** Take the sentences of a language; one without any shows the server's own. */
export function speakErrors(words: object): void {
  known = (words as { errors?: Sentences }).errors ?? {}
}

export interface Told {
  message: string
  remedy: string | null
  /** The server's own sentences, where the message is not: they say more, in English. */
  said: string | null
}

/** Return an error as it is shown. */
export function told(error: Pick<ErrorInfo, 'code' | 'message' | 'remedy' | 'param'>): Told {
  const words = known[error.code]
  const plain = { message: error.message, remedy: error.remedy ?? null, said: null }
  if (typeof words !== 'object') return plain
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
export function toldShortly(error: Parameters<typeof told>[0]): string {
  // not spread: the message of an Error is no property that a spread takes along
  const { code, message: own, remedy: way } = error
  const { message, remedy, said } = told({ code, message: own, remedy: way, param: null })
  return [message, said ?? remedy].filter(Boolean).join(' ')
}

/** What the server has against one of these fields, on one line; null where it is about something else. */
export function refusalAt(error: unknown, ...fields: string[]): string | null {
  if (!(error instanceof ApiError)) return null
  const [field = ''] = (error.param ?? '').split('.')
  return fields.includes(field) ? toldShortly(error) : null
}

function filled(text: string, values: Record<string, string>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)
}
