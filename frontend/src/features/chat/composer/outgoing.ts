import type { Outgoing, SaidPart } from '../types'
import type { Attachment } from './attachments'

/** A fence longer than any inside, so that attached Markdown cannot end it. */
function fenced(text: string, name: string | null): string {
  const longest = Math.max(2, ...(text.match(/`{3,}/g) ?? []).map(marks => marks.length))
  const fence = '`'.repeat(longest + 1)
  return `${name ? `${name}\n` : ''}${fence}\n${text.replace(/\n$/, '')}\n${fence}`
}

/** Put words and attachments into what is sent; null where there is nothing to send. */
export function compose(words: string, attachments: Attachment[]): Outgoing | null {
  const texts = attachments.flatMap(one =>
    one.kind === 'text' ? [fenced(one.text, one.name)] : [],
  )
  const images = attachments.flatMap((one): SaidPart[] =>
    one.kind === 'image' ? [{ type: 'image', url: one.url }] : [],
  )
  const text = [...texts, words.trim()].filter(Boolean).join('\n\n')
  if (images.length === 0) return text ? { content: text } : null
  return { content: text ? [...images, { type: 'text', text }] : images }
}
