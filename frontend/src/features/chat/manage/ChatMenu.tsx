import { useNavigate } from '@tanstack/react-router'
import {
  Archive,
  ArchiveRestore,
  Check,
  Columns2,
  Download,
  FolderInput,
  GitFork,
  ListChecks,
  Pencil,
  Pin,
  PinOff,
  Share2,
  Tag,
  Trash2,
} from 'lucide-react'
import { useState } from 'react'
import { exportAddress } from '@/api/chats'
import { usePermissions } from '@/api/permissions'
import type { Chat } from '@/api/types'
import { FieldDialog } from '@/components/field-dialog'
import {
  Menu,
  MenuContent,
  MenuItem,
  MenuSeparator,
  MenuSub,
  MenuSubContent,
  MenuSubTrigger,
  MenuTrigger,
} from '@/components/menu'
import { useLocale, useTranslations } from '@/i18n'
import { setUi } from '@/lib/ui'
import { beginSelecting } from '../shelves/selection'
import { useChatActions } from './useChatActions'
import { useFolders } from './useFolders'

interface ChatMenuProps {
  chat: Chat
  onRename(): void
  /** The button that opens the menu. */
  children: React.ReactElement
  /** Items of the place where the menu stands, above the others. */
  extra?: React.ReactNode
}

/** The menu of one chat: in the sidebar and in the room. */
export function ChatMenu({ chat, onRename, children, extra }: ChatMenuProps) {
  const t = useTranslations('chat')
  const common = useTranslations('common')
  const untitled = useTranslations('sidebar')
  const actions = useChatActions()
  const { share } = usePermissions()
  const navigate = useNavigate()
  const [naming, setNaming] = useState(false)
  return (
    <>
      <Menu>
        <MenuTrigger asChild>{children}</MenuTrigger>
        {/* Renaming moves the focus into a field, so the menu must not take it back. */}
        <MenuContent
          onCloseAutoFocus={event =>
            document.activeElement?.tagName === 'INPUT' && event.preventDefault()
          }
        >
          {extra}
          <MenuItem onSelect={() => setTimeout(onRename)}>
            <Pencil aria-hidden />
            {t('rename')}
          </MenuItem>
          <MenuItem onSelect={() => actions.pin(chat, !chat.pinned)}>
            {chat.pinned ? <PinOff aria-hidden /> : <Pin aria-hidden />}
            {chat.pinned ? t('unpin') : t('pin')}
          </MenuItem>
          {share && (
            <MenuItem onSelect={() => setUi({ share: { chatId: chat.id } })}>
              <Share2 aria-hidden />
              {t('share')}
            </MenuItem>
          )}
          <MoveMenu chat={chat} onNew={() => setNaming(true)} />
          <MenuItem onSelect={() => setUi({ tagging: tagsOf(chat, untitled('untitled')) })}>
            <Tag aria-hidden />
            {t('tags')}
          </MenuItem>
          <MenuItem onSelect={() => actions.fork(chat)}>
            <GitFork aria-hidden />
            {t('fork')}
          </MenuItem>
          <MenuItem onSelect={() => navigate({ to: '/compare', search: { chat: chat.id } })}>
            <Columns2 aria-hidden />
            {t('compare')}
          </MenuItem>
          <ExportMenu chat={chat} />
          <MenuItem onSelect={() => actions.archive(chat, !chat.archived)}>
            {chat.archived ? <ArchiveRestore aria-hidden /> : <Archive aria-hidden />}
            {chat.archived ? t('unarchive') : t('archive')}
          </MenuItem>
          <MenuItem onSelect={() => beginSelecting(chat.id)}>
            <ListChecks aria-hidden />
            {t('select')}
          </MenuItem>
          <MenuSeparator />
          <MenuItem bad onSelect={() => actions.remove(chat)}>
            <Trash2 aria-hidden />
            {common('delete')}
          </MenuItem>
        </MenuContent>
      </Menu>
      <FieldDialog
        open={naming}
        onOpenChange={setNaming}
        title={t('newFolder')}
        label={t('folderName')}
        onSave={name => actions.move(chat, name)}
      />
    </>
  )
}

function tagsOf(chat: Chat, untitled: string) {
  return { ids: [chat.id], title: chat.title || untitled, tags: chat.tags }
}

function ExportMenu({ chat }: { chat: Chat }) {
  const t = useTranslations('chat')
  const locale = useLocale()
  return (
    <MenuSub>
      <MenuSubTrigger>
        <Download aria-hidden />
        {t('export')}
      </MenuSubTrigger>
      <MenuSubContent>
        {(['markdown', 'json'] as const).map(format => (
          <MenuItem key={format} asChild>
            <a href={exportAddress(chat.id, format, locale)} download>
              {t('exportAs', { format })}
            </a>
          </MenuItem>
        ))}
      </MenuSubContent>
    </MenuSub>
  )
}

function MoveMenu({ chat, onNew }: { chat: Chat; onNew(): void }) {
  const t = useTranslations('chat')
  const actions = useChatActions()
  const folders = useFolders()
  return (
    <MenuSub>
      <MenuSubTrigger>
        <FolderInput aria-hidden />
        {t('move')}
      </MenuSubTrigger>
      <MenuSubContent>
        {folders.map(name => (
          <MenuItem key={name} onSelect={() => actions.move(chat, name)}>
            <span className="min-w-0 flex-1 truncate">{name}</span>
            {chat.folder === name && <Check aria-hidden />}
          </MenuItem>
        ))}
        {chat.folder && (
          <MenuItem onSelect={() => actions.move(chat, null)}>{t('noFolder')}</MenuItem>
        )}
        {folders.length > 0 && <MenuSeparator />}
        <MenuItem onSelect={() => setTimeout(onNew)}>{t('newFolder')}</MenuItem>
      </MenuSubContent>
    </MenuSub>
  )
}
