/** How a model is asked, as drafts of fields. Pure. */
import type { Sampling } from '@/api/control/inference'

export interface NumberField {
  name: 'temperature' | 'max_tokens' | 'top_p' | 'top_k' | 'min_p' | 'repeat_penalty' | 'seed'
  minimum: number
  maximum: number
  whole?: boolean
}

export const numberFields: NumberField[] = [
  { name: 'temperature', minimum: 0, maximum: 2 },
  { name: 'max_tokens', minimum: 1, maximum: 1_000_000, whole: true },
  { name: 'top_p', minimum: 0, maximum: 1 },
  { name: 'top_k', minimum: 1, maximum: 100_000, whole: true },
  { name: 'min_p', minimum: 0, maximum: 1 },
  { name: 'repeat_penalty', minimum: 0.01, maximum: 2 },
  { name: 'seed', minimum: 0, maximum: 2 ** 31 - 1, whole: true },
]

export type Drafts = Readonly<Record<string, string>>

export function isBad(field: NumberField, text: string): boolean {
  const given = text.trim()
  if (given === '') return false
  const value = Number(given)
  if (!Number.isFinite(value) || (field.whole && !Number.isInteger(value))) return true
  return value < field.minimum || value > field.maximum
}

/** What is given and well-formed. */
export function samplingOf(drafts: Drafts): Sampling {
  const sampling: Sampling = {}
  for (const field of numberFields) {
    const text = drafts[field.name]?.trim() ?? ''
    if (text !== '' && !isBad(field, text)) sampling[field.name] = Number(text)
  }
  const stop = (drafts.stop ?? '').split('\n').filter(line => line !== '')
  if (stop.length > 0) sampling.stop = stop
  if (drafts.thinking) sampling.thinking = drafts.thinking === 'true'
  return sampling
}
