/** What a tool server let somebody read, as files to attach. Pure. */
import type { Resource, ResourceContent } from '@/api/tools'

const endings: Record<string, string> = {
  'text/markdown': '.md',
  'text/html': '.html',
  'text/csv': '.csv',
  'application/json': '.json',
  'application/pdf': '.pdf',
  'image/png': '.png',
  'image/jpeg': '.jpg',
  'image/gif': '.gif',
  'image/webp': '.webp',
}

/** A name that says what it is: with the ending of its address or its kind, where it has none itself. */
export function nameOf({ name, uri }: Pick<Resource, 'name' | 'uri'>, type: string | null): string {
  const plain = name.replace(/[/\\]/g, '-')
  if (/\.\w{1,8}$/.test(plain)) return plain
  const ending = endings[type ?? ''] ?? /\.\w{1,8}$/.exec(uri)?.[0] ?? '.txt'
  return `${plain}${ending}`
}

export function filesOf(resource: Resource, contents: ResourceContent[]): File[] {
  return contents.flatMap(({ text, data, media_type: kind }) => {
    const type = kind ?? resource.media_type
    const name = nameOf(resource, type)
    if (text !== null) return [new File([text], name, { type: type ?? 'text/plain' })]
    if (data === null) return []
    const bytes = Uint8Array.from(atob(data), letter => letter.charCodeAt(0))
    return [new File([bytes], name, { type: type ?? '' })]
  })
}
