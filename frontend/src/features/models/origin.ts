/** Where a model of one's own comes from, and what it may be called. Pure. */
import type { Origin } from '@/api/control/types'

export const sources = ['hf', 'url', 'path', 'ollama'] as const
export type Source = (typeof sources)[number]

/** What a person has written as what the server takes; null while it is nothing yet. */
export function originOf(source: Source, place: string): Origin | null {
  const given = place.trim()
  if (given === '') return null
  switch (source) {
    case 'hf': {
      // People copy the address of the page, also that of one of its files.
      const found = /^(?:https?:\/\/)?(?:huggingface\.co\/)?([\w.-]+\/[\w.-]+)/.exec(given)
      if (!found?.[1]) return null
      const file = /\/(?:blob|resolve)\/[^/]+\/([^?#]+)/.exec(given)?.[1]
      return { hf_repo: found[1], ...(file && { hf_file: decodeURIComponent(file) }) }
    }
    case 'url':
      return /^https?:\/\/\S+$/.test(given) ? { url: given } : null
    case 'path':
      return { path: given }
    case 'ollama': {
      // Its page's address is copied too.
      const name = given.replace(/^(?:https?:\/\/)?(?:www\.)?ollama\.com\/(?:library\/)?/, '')
      return /^[\w.-]+(?:\/[\w.-]+)*(?::[\w.-]+)?$/.test(name) ? { ollama_name: name } : null
    }
  }
}

/** A name for people, from the last word of where it is. */
export function nameOf({ hf_file, hf_repo, url, path, ollama_name }: Origin): string {
  const place = hf_file ?? hf_repo ?? url ?? path ?? ollama_name ?? ''
  const last =
    place
      .replace(/[/?#]+$/, '')
      .split(/[/\\]/)
      .at(-1) ?? ''
  return last.replace(/\.gguf$/i, '').replace(/[-_]gguf$/i, '')
}

/** "Qwen3 4B (mine)" → "qwen3-4b-mine". */
export function idOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9._]+/g, '-')
    .replace(/^[-._]+|[-._]+$/g, '')
}

export function isId(text: string): boolean {
  return /^[a-z0-9][a-z0-9._-]*$/.test(text)
}
