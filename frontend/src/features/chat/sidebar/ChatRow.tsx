import { Link } from '@tanstack/react-router'
import { MoreHorizontal } from 'lucide-react'
import { memo } from 'react'
import type { Chat } from '@/api/types'
import { useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { ChatMenu } from '../manage/ChatMenu'
import { TitleField } from '../manage/TitleField'
import { useSelection } from '../shelves/selection'
import { dragChats } from './dragging'

interface ChatRowProps {
  chat: Chat
  indented: boolean
  live: boolean
  /** What is being written there waits for the person's word. */
  waiting: boolean
  renaming: boolean
  /** null ends renaming. */
  onRename(id: string | null): void
  /** While chats are selected a click selects this one. */
  selecting: boolean
  selected: boolean
  /** With `range` all from the one before to this one. */
  onSelect(id: string, range: boolean): void
}

/** One chat in the sidebar. Its title is a link; its menu shows on hover, focus and touch. */
export const ChatRow = memo(function ChatRow({
  chat,
  indented,
  live,
  waiting,
  renaming,
  onRename,
  selecting,
  selected,
  onSelect,
}: ChatRowProps) {
  const t = useTranslations()
  const title = chat.title || t('sidebar.untitled')
  if (renaming) return <TitleField chat={chat} onDone={() => onRename(null)} />
  return (
    <div
      className={cn(
        'group/row relative flex h-8 items-center rounded-sm transition-colors touch:h-11',
        'hover:bg-hover has-[[aria-current=page]]:bg-pressed has-[[data-state=open]]:bg-hover',
        indented && 'ml-4',
        selected && 'bg-accent-wash hover:bg-accent-wash',
      )}
    >
      {selecting && (
        <input
          type="checkbox"
          tabIndex={-1}
          checked={selected}
          aria-label={title}
          onChange={() => undefined}
          onClick={event => onSelect(chat.id, event.shiftKey)}
          className="ml-2.5 size-4 shrink-0 cursor-pointer accent-(--accent)"
        />
      )}
      <Link
        to="/c/$chatId"
        params={{ chatId: chat.id }}
        data-chat={chat.id}
        draggable
        onDragStart={event => dragChats(event.dataTransfer, chat.id, useSelection.getState().ids)}
        onClick={event => {
          const wanted = selecting || event.shiftKey || event.ctrlKey || event.metaKey
          if (!wanted) return
          event.preventDefault()
          onSelect(chat.id, event.shiftKey)
        }}
        onKeyDown={event => {
          if (!selecting || event.key !== ' ') return
          event.preventDefault()
          onSelect(chat.id, event.shiftKey)
        }}
        title={title.length > 28 ? title : undefined}
        className="flex h-full min-w-0 flex-1 items-center gap-2 rounded-sm pr-2 pl-2.5 -outline-offset-2"
      >
        <span className="truncate">{title}</span>
        {live && (
          <>
            <span
              aria-hidden
              title={waiting ? t('sidebar.waiting') : undefined}
              className={cn(
                'ml-auto shrink-0 rounded-full',
                waiting ? 'size-2.5 border-2 border-live' : 'size-1.5 animate-pulse bg-live',
              )}
            />
            <span className="sr-only">, {t(waiting ? 'sidebar.waiting' : 'sidebar.writing')}</span>
          </>
        )}
      </Link>
      <ChatMenu chat={chat} onRename={() => onRename(chat.id)}>
        <button
          type="button"
          aria-label={t('chat.menu', { title })}
          className={cn(
            'mr-0.5 grid size-7 shrink-0 place-items-center rounded-sm text-ink-faint hover:bg-hover hover:text-ink touch:size-11',
            // Takes its place only when it is seen, so that titles use the whole width.
            'not-touch:w-0 not-touch:opacity-0 focus-visible:w-7! focus-visible:opacity-100 group-hover/row:w-7 group-hover/row:opacity-100 data-[state=open]:w-7 data-[state=open]:opacity-100',
          )}
        >
          <MoreHorizontal className="size-4" aria-hidden />
        </button>
      </ChatMenu>
    </div>
  )
})
