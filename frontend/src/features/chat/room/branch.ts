/** The active branch of a chat as the page holds it: root-most first, its upper end maybe not loaded. Pure. */
import type { Message, MessagePage, Part, Role } from '@/api/types'
import type { LiveGeneration } from '../live'

const localPrefix = 'local-'

/** Whether a message is only here yet: shown before the server has answered. */
export function isLocal(message: Message): boolean {
  return message.id.startsWith(localPrefix)
}

/** Whether a reply is still being written. */
export function isRunning(message: Message): boolean {
  return message.status === 'pending' || message.status === 'streaming'
}

/** A message that is shown before the server has stored it. */
export function localMessage(
  chatId: string,
  parentId: string | null,
  role: Role,
  parts: Part[],
  key: string,
): Message {
  const now = new Date().toISOString()
  const id = `${localPrefix}${role}-${key}`
  return {
    id,
    chat_id: chatId,
    parent_id: parentId,
    role,
    parts,
    content: parts.map(part => (part.type === 'text' ? part.text : '')).join(''),
    status: role === 'assistant' ? 'pending' : 'complete',
    model: null,
    timestamp: now,
    created_at: now,
    updated_at: now,
    metadata: {},
    usage: null,
    timings: null,
    finish_reason: null,
    error: null,
    generation_id: null,
    siblings: [id],
  }
}

/**
 * A freshly fetched newest page, with the earlier messages kept that were loaded above it. Nothing is
 * kept where the branch above has become another one.
 */
export function joinPages(known: MessagePage | undefined, fresh: MessagePage): MessagePage {
  const first = fresh.messages[0]
  if (!known || !first) return fresh
  const at = known.messages.findIndex(message => message.id === first.id)
  if (at <= 0) return fresh
  return { messages: [...known.messages.slice(0, at), ...fresh.messages], has_more: known.has_more }
}

/** Earlier messages put above those that are known. */
export function prepend(known: MessagePage, earlier: MessagePage): MessagePage {
  const ids = new Set(known.messages.map(message => message.id))
  const above = earlier.messages.filter(message => !ids.has(message.id))
  return { messages: [...above, ...known.messages], has_more: earlier.has_more }
}

/** The branch down to `parentId` (null: nothing), then `turn`. An unknown parent changes nothing above. */
export function branchFrom(
  page: MessagePage,
  parentId: string | null,
  turn: Message[],
): MessagePage {
  if (parentId === null) return { messages: turn, has_more: false }
  const at = page.messages.findIndex(message => message.id === parentId)
  const kept =
    at < 0 ? page.messages.filter(message => !isLocal(message)) : page.messages.slice(0, at + 1)
  return { ...page, messages: [...kept, ...turn] }
}

/** Replace one message in place. */
export function replaced(page: MessagePage, id: string, change: Partial<Message>): MessagePage {
  return {
    ...page,
    messages: page.messages.map(message =>
      message.id === id ? { ...message, ...change } : message,
    ),
  }
}

/** A stored message as it is after its generation has ended, before the server tells it. */
export function settled(message: Message, live: LiveGeneration): Message {
  const parts = live.blocks.map((block): Part => {
    switch (block.type) {
      case 'text':
        return { type: 'text', text: block.text }
      case 'thinking':
        return {
          type: 'thinking',
          text: block.text,
          duration_ms: block.endedAt === null ? null : block.endedAt - block.startedAt,
        }
      case 'tool_use':
        return {
          type: 'tool_use',
          id: block.id,
          name: block.name,
          arguments: block.text,
          ...block.call,
        }
      default:
        return block.type satisfies never
    }
  })
  const engine = live.status?.engine
  return {
    ...message,
    ...(engine && { metadata: { ...message.metadata, engine } }),
    parts,
    content: parts.map(part => (part.type === 'text' ? part.text : '')).join(''),
    status: finalStatus(live),
    updated_at: new Date(live.endedAt ?? live.startedAt).toISOString(),
    usage: live.usage,
    timings: live.timings && { ...live.timings, stop_ms: live.timings.stop_ms || live.stopMs },
    finish_reason: live.stopReason,
    error: live.error,
  }
}

function finalStatus(live: LiveGeneration): Message['status'] {
  if (live.interrupted) return 'interrupted'
  if (live.error) return 'error'
  return live.stopReason === 'cancelled' ? 'stopped' : 'complete'
}
