/** What a server asks in the middle of a call: what its form begins with, and what it sends. Pure. */
import type { Question, QuestionField } from '@/api/types'

/** What stands in a field while it is filled in. */
export type Entry = string | boolean | string[]
export type Entries = Record<string, Entry>

export function initial(fields: QuestionField[]): Entries {
  return Object.fromEntries(fields.map(field => [field.name, begin(field)]))
}

function begin(field: QuestionField): Entry {
  const { kind, default: proposed } = field
  if (kind === 'boolean') return proposed === true
  if (kind === 'choices') return Array.isArray(proposed) ? proposed : []
  if (proposed === null || Array.isArray(proposed) || typeof proposed === 'boolean') return ''
  if (field.format === 'date-time') return local(String(proposed))
  return String(proposed)
}

/** A moment as a field of the browser has it: in the person's own time. */
function local(moment: string): string {
  const date = new Date(moment)
  if (Number.isNaN(date.getTime())) return ''
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

/** What is sent: what was left empty is left out. */
export function contentOf(fields: QuestionField[], entries: Entries): Record<string, unknown> {
  const content: Record<string, unknown> = {}
  for (const field of fields) {
    const entry = entries[field.name] ?? ''
    if (typeof entry === 'boolean' || Array.isArray(entry)) {
      if (Array.isArray(entry) && entry.length === 0 && !field.required) continue
      content[field.name] = entry
    } else if (entry !== '') {
      content[field.name] = sentOf(field, entry)
    }
  }
  return content
}

function sentOf(field: QuestionField, entry: string): string | number {
  if (field.kind === 'number' || field.kind === 'integer') return Number(entry)
  if (field.format === 'date-time') return new Date(entry).toISOString()
  return entry
}

/** The host of an address as it is resolved, so that letters of other scripts deceive nobody. */
export function hostOf(question: Question): string {
  try {
    return new URL(question.url ?? '').host
  } catch {
    return ''
  }
}
