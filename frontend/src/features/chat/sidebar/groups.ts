/** The order of the sidebar: pinned, folders, then by date. Pure. */
import type { Tally } from '@/api/shelves'
import type { Chat } from '@/api/types'

export type DateGroup = 'today' | 'yesterday' | 'week' | 'month' | { year: number; month: number }

export type Row =
  | { kind: 'heading'; key: string; heading: 'pinned' | DateGroup }
  | { kind: 'folder'; key: string; name: string; count: number; open: boolean }
  | { kind: 'empty'; key: string }
  /** Where more of a shelf goes, once it is fetched. */
  | { kind: 'rest'; key: string; shelf: string }
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

/** The first moment of a group: all from it on, as far as the group before, are of the group. */
function beginOf(group: DateGroup, now: Date): number {
  const days = { today: 0, yesterday: 1, week: 7, month: 30 }
  if (typeof group === 'object') return new Date(group.year, group.month).getTime()
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() - days[group]).getTime()
}

function groupKey(group: DateGroup): string {
  return typeof group === 'string' ? group : `${group.year}-${group.month}`
}

export interface Shelves {
  folders: Tally[]
  /** The names of the folders that are unfolded. */
  open: ReadonlySet<string>
  /** Pinned chats, and those of open folders, that `chats` need not hold. */
  more: Chat[]
  /** The shelves of which not all is fetched: names of open folders, and `pinnedShelf`. */
  partly: ReadonlySet<string>
}

/** Stands for what is pinned among the names of folders, none of which is empty. */
export const pinnedShelf = ''

/**
 * The rows that show `chats`, which come newest first. Without shelves there is nothing but dates: in the
 * archive, and of one tag.
 */
export function rowsOf(chats: Chat[], now: Date, shelves?: Shelves): Row[] {
  const rows: Row[] = []
  if (shelves) shelved(rows, chats, shelves)
  let last = ''
  let begin = Number.POSITIVE_INFINITY
  for (const chat of chats) {
    if (shelves && (chat.pinned || chat.folder)) continue
    // Of a hundred thousand chats only those are looked at closely that may begin a group.
    const at = Date.parse(chat.last_message_at)
    if (at < begin) {
      const heading = dateGroup(chat.last_message_at, now)
      begin = beginOf(heading, now)
      if (groupKey(heading) !== last) {
        last = groupKey(heading)
        rows.push({ kind: 'heading', key: last, heading })
      }
    }
    rows.push({ kind: 'chat', key: chat.id, chat, indented: false })
  }
  return rows
}

function shelved(rows: Row[], chats: Chat[], { folders, open, more, partly }: Shelves): void {
  const rest = (shelf: string, shown: number) => {
    if (partly.has(shelf)) rows.push({ kind: 'rest', key: `rest-${shelf}-${shown}`, shelf })
  }
  const on = new Map<string, Chat>()
  // What is listed is fresher than what was asked for apart.
  for (const chat of more) on.set(chat.id, chat)
  for (const chat of chats) if (chat.pinned || chat.folder || on.has(chat.id)) on.set(chat.id, chat)
  const sorted = [...on.values()].sort((a, b) => b.last_message_at.localeCompare(a.last_message_at))
  const pinned = sorted.filter(chat => chat.pinned)
  if (pinned.length > 0) {
    rows.push({ kind: 'heading', key: 'pinned', heading: 'pinned' })
    for (const chat of pinned) rows.push({ kind: 'chat', key: chat.id, chat, indented: false })
    rest(pinnedShelf, pinned.length)
  }
  const inside = new Map<string, Chat[]>()
  for (const chat of sorted) {
    if (!chat.folder || chat.pinned) continue
    const held = inside.get(chat.folder)
    if (held) held.push(chat)
    else inside.set(chat.folder, [chat])
  }
  const counts = new Map(folders.map(folder => [folder.name, folder.count]))
  const names = [...new Set([...counts.keys(), ...inside.keys()])]
  for (const name of names.sort((a, b) => a.localeCompare(b))) {
    const held = inside.get(name) ?? []
    const count = Math.max(counts.get(name) ?? 0, held.length)
    rows.push({ kind: 'folder', key: `folder-${name}`, name, count, open: open.has(name) })
    if (!open.has(name)) continue
    for (const chat of held) rows.push({ kind: 'chat', key: chat.id, chat, indented: true })
    rest(name, held.length)
    if (held.length === 0 && count === 0) rows.push({ kind: 'empty', key: `empty-${name}` })
  }
}
