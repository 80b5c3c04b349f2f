/** The order of the sidebar: pinned, folders, then by date. Pure. */
import type { Chat } from '@/api/types'

export type DateGroup = 'today' | 'yesterday' | 'week' | 'month' | { year: number; month: number }

export type Row =
  | { kind: 'heading'; key: string; heading: 'pinned' | DateGroup }
  | { kind: 'folder'; key: string; name: string; count: number; open: boolean }
  | { kind: 'chat'; key: string; chat: Chat; indented: boolean }

/** Whole days between two moments in the reader's time zone. */
function daysBetween(then: Date, now: Date): number {
  const midnight = (at: Date) => Date.UTC(at.getFullYear(), at.getMonth(), at.getDate())
  return Math.round((midnight(now) - midnight(then)) / 86_400_000)
}

export function dateGroup(iso: string, now: Date): DateGroup {
  const then = new Date(iso)
  const days = daysBetween(then, now)
  if (days <= 0) return 'today'
  if (days === 1) return 'yesterday'
  if (days <= 7) return 'week'
  if (days <= 30) return 'month'
  return { year: then.getFullYear(), month: then.getMonth() }
}

function groupKey(group: DateGroup): string {
  return typeof group === 'string' ? group : `${group.year}-${group.month}`
}

/**
 * The rows that show `chats`, which come newest first. `closed` names the folders that are folded; in the
 * archive (`flat`) there is nothing but dates.
 */
export function rowsOf(chats: Chat[], closed: ReadonlySet<string>, now: Date, flat = false): Row[] {
  const rows: Row[] = []
  const add = (chat: Chat, indented = false) =>
    rows.push({ kind: 'chat', key: chat.id, chat, indented })
  const pinned = flat ? [] : chats.filter(chat => chat.pinned)
  if (pinned.length > 0) {
    rows.push({ kind: 'heading', key: 'pinned', heading: 'pinned' })
    for (const chat of pinned) add(chat)
  }
  for (const name of flat ? [] : foldersOf(chats)) {
    const inside = chats.filter(chat => chat.folder === name && !chat.pinned)
    if (inside.length === 0) continue
    const open = !closed.has(name)
    rows.push({ kind: 'folder', key: `folder-${name}`, name, count: inside.length, open })
    if (open) for (const chat of inside) add(chat, true)
  }
  let last = ''
  for (const chat of chats) {
    if (!flat && (chat.pinned || chat.folder)) continue
    const heading = dateGroup(chat.last_message_at, now)
    if (groupKey(heading) !== last) {
      last = groupKey(heading)
      rows.push({ kind: 'heading', key: last, heading })
    }
    add(chat)
  }
  return rows
}

/** The folders that chats lie in, by name. */
export function foldersOf(chats: Chat[]): string[] {
  const names = new Set(chats.flatMap(chat => (chat.folder ? [chat.folder] : [])))
  return [...names].sort((a, b) => a.localeCompare(b))
}
