import { useInfiniteQuery } from '@tanstack/react-query'
import { type KeyboardEvent, lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react'
import { VList, type VListHandle } from 'virtua'
import { chatList } from '@/api/chats'
import { Button } from '@/components/button'
import { useFormatter, useTranslations } from '@/i18n'
import { useDelayed } from '@/lib/delayed'
import { useLiveChats } from '../live'
import { useChatActions } from '../manage/useChatActions'
import { endSelecting, toggleSelected, useSelection } from '../shelves/selection'
import { ChatRow } from './ChatRow'
import { FolderRow } from './FolderRow'
import { type Row, rowsOf } from './groups'
import { useShelves } from './useShelves'

const SelectionBar = lazy(() => import('../shelves/SelectionBar'))

/** How many rows from the end the next page is fetched. */
const ahead = 40

interface ChatListProps {
  archived: boolean
  /** Only the chats that have it; null is all. */
  tag: string | null
}

/** The list of chats: virtual, fetched page by page, walked through with the arrow keys. */
export function ChatList({ archived, tag }: ChatListProps) {
  const t = useTranslations()
  const query = useInfiniteQuery(chatList(tag === null ? { archived } : { archived, tag }))
  const skeleton = useDelayed(query.isPending)
  const chats = useMemo(() => query.data?.pages.flatMap(page => page.items) ?? [], [query.data])
  const [renaming, setRenaming] = useState<string | null>(null)
  const { shelves, toggle, fetchRest } = useShelves(
    !archived && tag === null,
    query.data !== undefined && query.hasNextPage,
  )
  const rows = useMemo(() => rowsOf(chats, new Date(), shelves), [chats, shelves])
  const listed = useMemo(
    () => rows.flatMap(row => (row.kind === 'chat' ? [row.chat.id] : [])),
    [rows],
  )
  const liveHere = useLiveChats()
  const selecting = useSelection(state => state.on)
  const selected = useSelection(state => state.ids)
  const list = useRef<VListHandle>(null)
  const walk = useWalk(rows, list, setRenaming)

  const fetchAhead = () => {
    const handle = list.current
    if (!handle || !query.hasNextPage || query.isFetchingNextPage) return
    const last = handle.findItemIndex(handle.scrollOffset + handle.viewportSize)
    if (last + ahead >= rows.length) query.fetchNextPage()
  }

  if (query.isPending) return skeleton ? <Skeleton /> : null
  if (query.isError && chats.length === 0) {
    return (
      <div className="px-5 py-3 text-ink-soft">
        <p>{t('sidebar.failed')}</p>
        <Button className="mt-2" onClick={() => query.refetch()}>
          {t('common.retry')}
        </Button>
      </div>
    )
  }
  if (rows.length === 0) {
    return (
      <p className="px-5 py-3 text-ink-faint">
        {archived ? t('sidebar.emptyArchive') : t('sidebar.empty')}
      </p>
    )
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrow keys move between the links inside
    <div className="flex h-full flex-col" onKeyDown={walk}>
      <VList
        ref={list}
        data={rows}
        aria-label={t('sidebar.list')}
        role="group"
        className="min-h-0 flex-1 px-2 pb-3"
        onScroll={fetchAhead}
      >
        {row => {
          switch (row.kind) {
            case 'heading':
              return <Heading key={row.key} heading={row.heading} />
            case 'folder':
              return <FolderRow key={row.key} row={row} onToggle={toggle} />
            case 'rest':
              return <Rest key={row.key} onSeen={() => fetchRest(row.shelf)} />
            case 'empty':
              return (
                <p key={row.key} className="ml-4 px-2.5 py-1.5 text-ink-faint text-mini">
                  {t('sidebar.emptyFolder')}
                </p>
              )
            default:
              return (
                <ChatRow
                  key={row.key}
                  chat={row.chat}
                  indented={row.indented}
                  waiting={row.chat.waiting}
                  live={row.chat.live.length > 0 || liveHere.includes(row.chat.id)}
                  renaming={renaming === row.chat.id}
                  onRename={setRenaming}
                  selecting={selecting}
                  selected={selected.has(row.chat.id)}
                  onSelect={(id, range) => toggleSelected(id, range, listed)}
                />
              )
          }
        }}
      </VList>
      {selecting && (
        <Suspense fallback={null}>
          <SelectionBar archived={archived} listed={listed} />
        </Suspense>
      )}
    </div>
  )
}

/** Stands where a shelf goes on; drawn only near to what is seen, which fetches it. */
function Rest({ onSeen }: { onSeen(): void }) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each row, whose key counts what is fetched
  useEffect(onSeen, [])
  return (
    <div aria-hidden className="flex h-8 items-center px-6 touch:h-11">
      <div className="h-3.5 w-2/3 rounded-full bg-hover" />
    </div>
  )
}

function Heading({ heading }: { heading: Extract<Row, { kind: 'heading' }>['heading'] }) {
  const t = useTranslations('sidebar')
  const format = useFormatter()
  const text =
    typeof heading === 'string'
      ? t(heading)
      : format.dateTime(new Date(heading.year, heading.month), { year: 'numeric', month: 'long' })
  return <h2 className="px-2.5 pt-4 pb-1 font-medium text-ink-faint text-mini">{text}</h2>
}

function Skeleton() {
  return (
    <div aria-hidden className="flex flex-col gap-3 px-5 py-4">
      {[72, 54, 80, 63, 48].map(width => (
        <div key={width} className="h-3.5 rounded-full bg-hover" style={{ width: `${width}%` }} />
      ))}
    </div>
  )
}

/** Arrow keys, Home and End move between chats; F2 renames, Delete deletes. */
function useWalk(
  rows: Row[],
  list: React.RefObject<VListHandle | null>,
  onRename: (id: string) => void,
) {
  const actions = useChatActions()
  return (event: KeyboardEvent<HTMLDivElement>) => {
    const link = (event.target as HTMLElement).closest('[data-chat]')
    const id = link?.getAttribute('data-chat')
    if (!id || event.ctrlKey || event.metaKey || event.altKey) return
    const at = rows.findIndex(row => row.kind === 'chat' && row.chat.id === id)
    const row = rows[at]
    if (row?.kind !== 'chat') return
    const to = target(event.key, rows, at)
    if (to !== null) {
      event.preventDefault()
      const container = event.currentTarget
      list.current?.scrollToIndex(to, { align: 'nearest' })
      // The row may have to be drawn first.
      requestAnimationFrame(() => {
        const next = rows[to]
        const selector = next?.kind === 'chat' ? `[data-chat="${CSS.escape(next.chat.id)}"]` : ''
        if (selector) container.querySelector<HTMLElement>(selector)?.focus()
      })
    } else if (event.key === 'F2') {
      event.preventDefault()
      onRename(id)
    } else if (event.key === 'Escape') {
      endSelecting()
    } else if (event.key === 'Delete') {
      event.preventDefault()
      actions.remove(row.chat)
    }
  }
}

function target(key: string, rows: Row[], at: number): number | null {
  const isChat = (row: Row) => row.kind === 'chat'
  const find = (found: number) => (found < 0 ? null : found)
  switch (key) {
    case 'ArrowDown': {
      const step = rows.slice(at + 1).findIndex(isChat)
      return step < 0 ? null : at + 1 + step
    }
    case 'ArrowUp':
      return find(rows.slice(0, at).findLastIndex(isChat))
    case 'Home':
      return find(rows.findIndex(isChat))
    case 'End':
      return find(rows.findLastIndex(isChat))
    default:
      return null
  }
}
