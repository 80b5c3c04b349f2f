import { useQueries, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Prompt } from '@/api/prompts'
import { chosenTools, promptsOf, type ServerPrompt, type ToolOffer, toolOffers } from '@/api/tools'
import type { GenerationParams } from '@/api/types'
import type { Blank } from '@/lib/blanks'

/** A prompt that a tool server writes, among a person's own. */
export interface ServerEntry
  extends Pick<Prompt, 'id' | 'command' | 'name' | 'description' | 'own'> {
  server: ToolOffer
  prompt: ServerPrompt
}

function entryOf(server: ToolOffer, prompt: ServerPrompt): ServerEntry {
  const { name, title, description } = prompt
  return {
    id: `${server.id}-${name}`,
    command: name.toLowerCase().replace(/\s+/g, '-'),
    name: title ?? name,
    description: description || title || '',
    own: false,
    server,
    prompt,
  }
}

/** The prompts of servers that are on in the chat, or connected to already: none is started for a `/`. */
export function useServerPrompts(params: GenerationParams): ServerEntry[] {
  const { data: offers } = useQuery(toolOffers())
  const on = chosenTools(params).map(one => one.server_label)
  const servers = (offers ?? []).filter(one => one.state === 'connected' || on.includes(one.label))
  const lists = useQueries({ queries: servers.map(one => promptsOf(one.id)) })
  const known = JSON.stringify(lists.map(one => one.data))
  // biome-ignore lint/correctness/useExhaustiveDependencies: the lists are new at each drawing
  return useMemo(
    () => servers.flatMap((server, at) => (lists[at]?.data ?? []).map(one => entryOf(server, one))),
    [offers, known],
  )
}

export function blanksOf({ prompt }: ServerEntry): Blank[] {
  return prompt.arguments.map(({ name }) => ({ name, kind: 'text', options: [], initial: '' }))
}

/** What stands below each field; `optional` says that it may stay empty. */
export function hintsOf({ prompt }: ServerEntry, optional: string): Record<string, string> {
  return Object.fromEntries(
    prompt.arguments.map(({ name, description, required }) => [
      name,
      [description, required ? '' : optional].filter(Boolean).join(' · '),
    ]),
  )
}

/** What was filled in: an argument that was left empty is not sent. */
export function given(values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''))
}
