import { useInfiniteQuery } from '@tanstack/react-query'
import { ChevronRight, Folder } from 'lucide-react'
import { type KeyboardEvent, useCallback, useMemo, useRef, useState } from 'react'
import { VList, type VListHandle } from 'virtua'
import { chatList } from '@/api/chats'
import { Button } from '@/components/button'
import { useFormatter, useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { useDelayed } from '@/lib/delayed'
import { useLiveChats } from '../live'
import { useChatActions } from '../manage/useChatActions'
import { ChatRow } from './ChatRow'
import { type Row, rowsOf } from './groups'

/** How many rows from the end the next page is fetched. */
const ahead = 15

/** The list of chats: virtual, fetched page by page, walked through with the arrow keys. */
export function ChatList({ archived }: { archived: boolean }) {
  const t = useTranslations()
  const query = useInfiniteQuery(chatList({ archived }))
  const skeleton = useDelayed(query.isPending)
  const chats = useMemo(() => query.data?.pages.flatMap(page => page.items) ?? [], [query.data])
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set())
  const [renaming, setRenaming] = useState<string | null>(null)
  const rows = useMemo(() => rowsOf(chats, closed, new Date(), archived), [chats, closed, archived])
  const liveHere = useLiveChats()
  const list = useRef<VListHandle>(null)
  const walk = useWalk(rows, list, setRenaming)

  const toggle = useCallback((name: string) => {
    setClosed(before => {
      const next = new Set(before)
      if (!next.delete(name)) next.add(name)
      return next
    })
  }, [])

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
  if (chats.length === 0) {
    return (
      <p className="px-5 py-3 text-ink-faint">
        {archived ? t('sidebar.emptyArchive') : t('sidebar.empty')}
      </p>
    )
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrow keys move between the links inside
    <div className="h-full" onKeyDown={walk}>
      <VList
        ref={list}
        aria-label={t('sidebar.list')}
        role="group"
        className="px-2 pb-3"
        onScroll={fetchAhead}
      >
        {rows.map(row => {
          switch (row.kind) {
            case 'heading':
              return <Heading key={row.key} heading={row.heading} />
            case 'folder':
              return <FolderRow key={row.key} row={row} onToggle={toggle} />
            case 'chat':
              return (
                <ChatRow
                  key={row.key}
                  chat={row.chat}
                  indented={row.indented}
                  live={row.chat.live.length > 0 || liveHere.includes(row.chat.id)}
                  renaming={renaming === row.chat.id}
                  onRename={setRenaming}
                />
              )
          }
          return null
        })}
      </VList>
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

function FolderRow({
  row,
  onToggle,
}: {
  row: Extract<Row, { kind: 'folder' }>
  onToggle(name: string): void
}) {
  const t = useTranslations('sidebar')
  return (
    <button
      type="button"
      aria-expanded={row.open}
      aria-label={t('folder', { name: row.name, count: row.count })}
      onClick={() => onToggle(row.name)}
      className="mt-1 flex h-8 w-full items-center gap-2 rounded-sm px-2.5 text-ink-soft -outline-offset-2 hover:bg-hover touch:h-11"
    >
      <Folder className="size-4 shrink-0 text-ink-faint" aria-hidden />
      <span className="min-w-0 flex-1 truncate text-left">{row.name}</span>
      <span className="tabular text-ink-faint text-mini">{row.count}</span>
      <ChevronRight
        aria-hidden
        className={cn('size-3.5 text-ink-faint transition-transform', row.open && 'rotate-90')}
      />
    </button>
  )
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
