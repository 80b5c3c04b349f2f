import { ApiError } from '@/api/errors'

/** What the server said of one of these fields; null where it is about something else. */
export function refusalOf(
  error: unknown,
  fields: readonly string[],
): { field: string; words: string } | null {
  if (!(error instanceof ApiError) || error.param === null) return null
  const [field = ''] = error.param.split('.')
  if (!fields.includes(field)) return null
  return { field, words: [error.message, error.remedy].filter(Boolean).join(' ') }
}
