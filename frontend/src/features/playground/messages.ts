import type { ChatTurn } from '@/api/control/inference'

/** A conversation as it is sent, the system prompt before it where there is one. */
export function messagesOf(system: string, turns: ChatTurn[]): ChatTurn[] {
  return system.trim() ? [{ role: 'system', content: system }, ...turns] : turns
}
