import { useQueryClient } from '@tanstack/react-query'
import { ChevronRight, Folder, FolderX, MoreHorizontal, Pencil } from 'lucide-react'
import { type DragEvent, memo, useState } from 'react'
import { refreshLists } from '@/api/lists'
import { changeMany, removeFolder, renameFolder } from '@/api/shelves'
import { FieldDialog } from '@/components/field-dialog'
import { Menu, MenuContent, MenuItem, MenuTrigger } from '@/components/menu'
import { toastError } from '@/components/toast'
import { useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { draggedChats, isDraggedChat } from './dragging'
import type { Row } from './groups'

interface FolderRowProps {
  row: Extract<Row, { kind: 'folder' }>
  onToggle(name: string): void
}

/** A folder: unfolds, takes chats that are dropped on it, and has a menu of its own. */
export const FolderRow = memo(function FolderRow({ row, onToggle }: FolderRowProps) {
  const t = useTranslations()
  const client = useQueryClient()
  const [over, setOver] = useState(false)
  const [renaming, setRenaming] = useState(false)
  const change = async (done: Promise<unknown>) => {
    try {
      await done
    } catch (error) {
      toastError(error, t('common.failed'))
    } finally {
      refreshLists(client)
    }
  }
  const drop = (event: DragEvent) => {
    setOver(false)
    const ids = draggedChats(event.dataTransfer)
    if (ids.length === 0) return
    event.preventDefault()
    change(changeMany('move', ids, { folder: row.name }))
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a short cut for the menu of a chat
    <div
      onDragOver={event => {
        if (!isDraggedChat(event.dataTransfer)) return
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      className={cn(
        'group/row mt-1 flex h-8 items-center rounded-sm text-ink-soft hover:bg-hover touch:h-11',
        over && 'bg-accent-wash ring-1 ring-accent',
      )}
    >
      <button
        type="button"
        aria-expanded={row.open}
        aria-label={t('sidebar.folder', { name: row.name, count: row.count })}
        onClick={() => onToggle(row.name)}
        className="flex h-full min-w-0 flex-1 items-center gap-2 rounded-sm px-2.5 -outline-offset-2"
      >
        <ChevronRight
          aria-hidden
          className={cn(
            'size-3.5 shrink-0 text-ink-faint transition-transform',
            row.open && 'rotate-90',
          )}
        />
        <Folder className="size-4 shrink-0 text-ink-faint" aria-hidden />
        <span className="min-w-0 flex-1 truncate text-left">{row.name}</span>
        <span className="tabular text-ink-faint text-mini">{row.count}</span>
      </button>
      <Menu>
        <MenuTrigger asChild>
          <button
            type="button"
            aria-label={t('sidebar.folderMenu', { name: row.name })}
            className={cn(
              'mr-0.5 grid size-7 shrink-0 place-items-center rounded-sm text-ink-faint hover:bg-hover hover:text-ink touch:size-11',
              'not-touch:w-0 not-touch:opacity-0 focus-visible:w-7! focus-visible:opacity-100 group-hover/row:w-7 group-hover/row:opacity-100 data-[state=open]:w-7 data-[state=open]:opacity-100',
            )}
          >
            <MoreHorizontal className="size-4" aria-hidden />
          </button>
        </MenuTrigger>
        <MenuContent>
          <MenuItem onSelect={() => setTimeout(() => setRenaming(true))}>
            <Pencil aria-hidden />
            {t('sidebar.renameFolder')}
          </MenuItem>
          <MenuItem onSelect={() => change(removeFolder(row.name))}>
            <FolderX aria-hidden />
            {t('sidebar.removeFolder')}
          </MenuItem>
        </MenuContent>
      </Menu>
      <FieldDialog
        open={renaming}
        onOpenChange={setRenaming}
        title={t('sidebar.renameFolder')}
        label={t('chat.folderName')}
        value={row.name}
        onSave={name => name !== row.name && change(renameFolder(row.name, name))}
      />
    </div>
  )
})
