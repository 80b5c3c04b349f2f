import { MoreHorizontal, SlidersHorizontal } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { Chat } from '@/api/types'
import { IconButton } from '@/components/button'
import { MenuButton } from '@/components/menu-button'
import { useTranslations } from '@/i18n'
import { modKey } from '@/lib/format'
import { setUi, useUi } from '@/lib/ui'
import { ChatMenu } from '../manage/ChatMenu'
import { TitleField } from '../manage/TitleField'

/** The opaque bar above a room. On phones it opens the sidebar. */
export function Bar({ children }: { children: ReactNode }) {
  return (
    <header className="flex h-(--bar) shrink-0 items-center gap-1 border-transparent border-b bg-ground px-2 md:px-3">
      <MenuButton />
      {children}
    </header>
  )
}

/** Shows or hides the drawer of parameters. */
export function DrawerButton() {
  const t = useTranslations('room')
  const open = useUi(ui => ui.drawer?.what === 'params')
  return (
    <IconButton
      label={t('openParameters')}
      keys={`${modKey} .`}
      aria-expanded={open}
      onClick={() => setUi({ drawer: open ? null : { what: 'params' } })}
    >
      <SlidersHorizontal className="size-4" aria-hidden />
    </IconButton>
  )
}

/** A chat's title and menu. */
export function TopBar({ chat }: { chat: Chat }) {
  const t = useTranslations()
  const [renaming, setRenaming] = useState(false)
  const title = chat.title || t('sidebar.untitled')
  return (
    <Bar>
      <div className="flex min-w-0 flex-1 items-center px-1.5">
        {renaming ? (
          <TitleField chat={chat} onDone={() => setRenaming(false)} className="w-96 max-w-full" />
        ) : (
          <h1
            className="truncate font-medium"
            title={title}
            onDoubleClick={() => setRenaming(true)}
          >
            {title}
          </h1>
        )}
      </div>
      <DrawerButton />
      <ChatMenu chat={chat} onRename={() => setRenaming(true)}>
        <IconButton label={t('chat.menu', { title })}>
          <MoreHorizontal className="size-4" aria-hidden />
        </IconButton>
      </ChatMenu>
    </Bar>
  )
}
