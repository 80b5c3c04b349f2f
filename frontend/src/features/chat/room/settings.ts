import { useQuery } from '@tanstack/react-query'
import { create } from 'zustand'
import type { Persona } from '@/api/prompts'
import { settings } from '@/api/settings'
import type { Chat, ChatChange, ChatPersona, GenerationParams } from '@/api/types'

/** How a chat asks its model. */
export interface ChatSettings {
  model: string | null
  systemPrompt: string
  params: GenerationParams
  persona: ChatPersona | null
}

export function settingsOf(chat: Chat): ChatSettings {
  return {
    model: chat.model,
    systemPrompt: chat.system_prompt ?? '',
    params: chat.params,
    persona: chat.persona,
  }
}

/** What the server stores of a change. */
export function asChange(change: Partial<ChatSettings>): ChatChange {
  const fields: ChatChange = {}
  if (change.model !== undefined) fields.model = change.model
  if (change.params !== undefined) fields.params = change.params
  if (change.systemPrompt !== undefined) fields.system_prompt = change.systemPrompt || null
  return fields
}

/** What was set for the chat that is about to be started; the rest is as the person's settings say. */
const useDraft = create<{ changes: Partial<ChatSettings> }>(() => ({ changes: {} }))

/** Settings of the chat that is about to be started; no model: the page chooses one. */
export function useDraftSettings(): ChatSettings {
  const { data } = useQuery(settings())
  const changes = useDraft(state => state.changes)
  return {
    model: null,
    systemPrompt: data?.system_prompt ?? '',
    params: data?.params ?? {},
    persona: null,
    ...changes,
  }
}

export function changeDraftSettings(change: Partial<ChatSettings>): void {
  useDraft.setState(({ changes }) => ({ changes: { ...changes, ...change } }))
}

/** Forget what was set for the next chat; the returned function brings it back. */
export function forgetDraftSettings(): () => void {
  const kept = useDraft.getState()
  useDraft.setState({ changes: {} })
  return () => useDraft.setState(kept)
}

/** Begin the next chat with a persona: what it says takes the place of what was set before. Null: with none. */
export function takeOnPersona(persona: Persona | null): void {
  if (persona === null) {
    forgetDraftSettings()
    return
  }
  changeDraftSettings({
    persona,
    systemPrompt: persona.system_prompt,
    params: persona.params,
    ...(persona.model && { model: persona.model }),
  })
}
