import { create } from 'zustand'
import type { Chat, ChatChange, GenerationParams } from '@/api/types'
import { usePreferences } from '@/lib/preferences'

/** How a chat asks its model. */
export interface Settings {
  model: string | null
  systemPrompt: string
  params: GenerationParams
}

export function settingsOf(chat: Chat): Settings {
  return { model: chat.model, systemPrompt: chat.system_prompt ?? '', params: chat.params }
}

/** What the server stores of a change. */
export function asChange(change: Partial<Settings>): ChatChange {
  const fields: ChatChange = {}
  if (change.model !== undefined) fields.model = change.model
  if (change.params !== undefined) fields.params = change.params
  if (change.systemPrompt !== undefined) fields.system_prompt = change.systemPrompt || null
  return fields
}

/** The chat that is about to be started; null where the person's preferences still stand. */
const useDraft = create<{ settings: Settings | null }>(() => ({ settings: null }))

function preferred(): Settings {
  const { model, systemPrompt, params } = usePreferences.getState()
  return { model, systemPrompt, params }
}

/** Settings of the chat that is about to be started. */
export function useDraftSettings(): Settings {
  const model = usePreferences(kept => kept.model)
  const systemPrompt = usePreferences(kept => kept.systemPrompt)
  const params = usePreferences(kept => kept.params)
  return useDraft(state => state.settings) ?? { model, systemPrompt, params }
}

export function changeDraftSettings(change: Partial<Settings>): void {
  useDraft.setState(({ settings }) => ({ settings: { ...(settings ?? preferred()), ...change } }))
}

export function forgetDraftSettings(): void {
  useDraft.setState({ settings: null })
}
