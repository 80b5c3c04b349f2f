import type { Outgoing, SaidPart } from '../types'
import { type Attachment, partOf } from './attachments'

/** Put words and attachments into what is sent; null where there is nothing to send. */
export function compose(words: string, attachments: Attachment[]): Outgoing | null {
  const text = words.trim()
  const files = attachments.flatMap((one): SaidPart[] =>
    [partOf(one)].filter(part => part !== null),
  )
  if (files.length === 0) return text ? { content: text } : null
  return { content: text ? [...files, { type: 'text', text }] : files }
}
