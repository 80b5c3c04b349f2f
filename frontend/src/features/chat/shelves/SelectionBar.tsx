import { useQuery } from '@tanstack/react-query'
import {
  Archive,
  ArchiveRestore,
  Download,
  FolderInput,
  ListChecks,
  Tag,
  Trash2,
  X,
} from 'lucide-react'
import { useEffect, useState } from 'react'
import { exportAddress } from '@/api/chats'
import { folderList } from '@/api/shelves'
import { IconButton } from '@/components/button'
import { FieldDialog } from '@/components/field-dialog'
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from '@/components/menu'
import { useLocale, useTranslations } from '@/i18n'
import { setUi } from '@/lib/ui'
import { WithChatsWords } from '../words'
import { endSelecting, selectAll, useSelection } from './selection'
import { useBulk } from './useBulk'

interface SelectionBarProps {
  archived: boolean
  /** The chats that are listed now, in order. */
  listed: readonly string[]
}

/** What can be done to all chats that are selected. Stands below the list while there is a selection. */
export default function SelectionBar(props: SelectionBarProps) {
  return (
    <WithChatsWords>
      <Bar {...props} />
    </WithChatsWords>
  )
}

function Bar({ archived, listed }: SelectionBarProps) {
  const t = useTranslations('select')
  const locale = useLocale()
  const selected = useSelection(state => state.ids)
  const bulk = useBulk()
  const ids = [...selected]
  const none = ids.length === 0
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) endSelecting()
    }
    window.addEventListener('keydown', pressed)
    return () => window.removeEventListener('keydown', pressed)
  }, [])
  return (
    <section aria-label={t('label')} className="border-line border-t px-2 py-1.5">
      <div className="flex items-center gap-1">
        <p role="status" className="tabular min-w-0 flex-1 truncate pl-2.5 font-medium">
          {t('count', { count: ids.length })}
        </p>
        <IconButton label={t('all')} side="top" onClick={() => selectAll(listed)}>
          <ListChecks className="size-4" aria-hidden />
        </IconButton>
        <IconButton label={t('leave')} keys="Esc" side="top" onClick={endSelecting}>
          <X className="size-4" aria-hidden />
        </IconButton>
      </div>
      <div className="flex items-center justify-between">
        <IconButton
          label={archived ? t('unarchive') : t('archive')}
          side="top"
          disabled={none}
          onClick={() =>
            archived
              ? bulk('unarchive', ids, t('unarchived', { count: ids.length }))
              : bulk('archive', ids, t('archived', { count: ids.length }))
          }
        >
          {archived ? (
            <ArchiveRestore className="size-4" aria-hidden />
          ) : (
            <Archive className="size-4" aria-hidden />
          )}
        </IconButton>
        <MoveMany
          ids={ids}
          onMove={folder => bulk('move', ids, t('moved', { count: ids.length }), folder)}
        />
        <IconButton
          label={t('tags')}
          side="top"
          disabled={none}
          onClick={() => setUi({ tagging: { ids, tags: [] } })}
        >
          <Tag className="size-4" aria-hidden />
        </IconButton>
        <IconButton
          label={t('export')}
          side="top"
          disabled={none || ids.length > 500}
          onClick={() => download(exportAddress(ids, 'json', locale))}
        >
          <Download className="size-4" aria-hidden />
        </IconButton>
        <IconButton
          label={t('delete')}
          side="top"
          disabled={none}
          onClick={() => bulk('delete', ids, t('deleted', { count: ids.length }))}
        >
          <Trash2 className="size-4" aria-hidden />
        </IconButton>
      </div>
    </section>
  )
}

function download(address: string): void {
  const link = document.createElement('a')
  link.href = address
  link.download = ''
  link.click()
}

function MoveMany({ ids, onMove }: { ids: string[]; onMove(folder: string | null): void }) {
  const t = useTranslations('select')
  const [naming, setNaming] = useState(false)
  const { data: folders = [] } = useQuery(folderList())
  return (
    <>
      <Menu>
        <MenuTrigger asChild>
          <IconButton label={t('move')} side="top" disabled={ids.length === 0}>
            <FolderInput className="size-4" aria-hidden />
          </IconButton>
        </MenuTrigger>
        <MenuContent align="start" side="top">
          {folders.map(({ name }) => (
            <MenuItem key={name} onSelect={() => onMove(name)}>
              <span className="truncate">{name}</span>
            </MenuItem>
          ))}
          <MenuItem onSelect={() => onMove(null)}>{t('noFolder')}</MenuItem>
          <MenuSeparator />
          <MenuItem onSelect={() => setTimeout(() => setNaming(true))}>{t('newFolder')}</MenuItem>
        </MenuContent>
      </Menu>
      <FieldDialog
        open={naming}
        onOpenChange={setNaming}
        title={t('newFolder')}
        label={t('folderName')}
        onSave={onMove}
      />
    </>
  )
}
