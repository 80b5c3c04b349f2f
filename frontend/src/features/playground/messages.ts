import type { ChatTurn } from '@/api/control/inference'

/** What was said, as it is shown. */
export interface PlayTurn extends ChatTurn {
  /** What the model thought first. */
  thinking?: string
}

/** A conversation as it is sent, the system prompt before it where there is one. */
export function messagesOf(system: string, turns: PlayTurn[]): ChatTurn[] {
  const said = turns.map(({ role, content }) => ({ role, content }))
  return system.trim() ? [{ role: 'system', content: system }, ...said] : said
}
