import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Check, FolderPlus, ListChecks, Tag, X } from 'lucide-react'
import { useState } from 'react'
import { refreshLists } from '@/api/lists'
import { addFolder, tagList } from '@/api/shelves'
import { IconButton } from '@/components/button'
import { FieldDialog } from '@/components/field-dialog'
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from '@/components/menu'
import { toastError } from '@/components/toast'
import { useTranslations } from '@/i18n'
import { beginSelecting, endSelecting, useSelection } from '../shelves/selection'

interface OrderProps {
  archived: boolean
  tag: string | null
  onTag(tag: string | null): void
}

/** Above the list: by which tag it is filtered, new folders, and selecting many. */
export function Order({ archived, tag, onTag }: OrderProps) {
  const t = useTranslations('sidebar')
  const chat = useTranslations('chat')
  const common = useTranslations('common')
  const client = useQueryClient()
  const [naming, setNaming] = useState(false)
  const selecting = useSelection(state => state.on)
  const add = async (name: string) => {
    try {
      await addFolder(name)
    } catch (error) {
      toastError(error, common('failed'))
    } finally {
      refreshLists(client)
    }
  }
  const small = 'size-7 text-ink-faint'
  return (
    <div role="toolbar" aria-label={t('order')} className="flex h-8 shrink-0 items-center px-2">
      {tag === null ? (
        <span aria-hidden className="flex-1 pl-2.5 font-medium text-ink-faint text-mini">
          {t('list')}
        </span>
      ) : (
        <span className="flex min-w-0 flex-1">
          <button
            type="button"
            onClick={() => onTag(null)}
            aria-label={`${t('tagged', { tag })}, ${t('allChats')}`}
            className="flex h-6 min-w-0 items-center gap-1 rounded-full bg-accent-wash pr-1.5 pl-2.5 font-medium text-accent text-mini touch:h-11"
          >
            <span className="truncate">{tag}</span>
            <X className="size-3 shrink-0" aria-hidden />
          </button>
        </span>
      )}
      <TagMenu tag={tag} onTag={onTag} className={small} />
      {!archived && (
        <IconButton label={t('newFolder')} className={small} onClick={() => setNaming(true)}>
          <FolderPlus className="size-4" aria-hidden />
        </IconButton>
      )}
      <IconButton
        label={t('select')}
        aria-pressed={selecting}
        className={small}
        onClick={() => (selecting ? endSelecting() : beginSelecting())}
      >
        <ListChecks className="size-4" aria-hidden />
      </IconButton>
      <FieldDialog
        open={naming}
        onOpenChange={setNaming}
        title={t('newFolder')}
        label={chat('folderName')}
        onSave={add}
      />
    </div>
  )
}

function TagMenu({ tag, onTag, className }: Omit<OrderProps, 'archived'> & { className: string }) {
  const t = useTranslations('sidebar')
  const [open, setOpen] = useState(false)
  const { data: tags = [] } = useQuery({ ...tagList(), enabled: open })
  return (
    <Menu open={open} onOpenChange={setOpen}>
      <MenuTrigger asChild>
        <IconButton label={t('filter')} className={className}>
          <Tag className="size-4" aria-hidden />
        </IconButton>
      </MenuTrigger>
      <MenuContent>
        {tags.length === 0 && <div className="px-2.5 py-1.5 text-ink-faint">{t('noTags')}</div>}
        {tags.map(({ name, count }) => (
          <MenuItem key={name} onSelect={() => onTag(name === tag ? null : name)}>
            <span className="min-w-0 flex-1 truncate">{name}</span>
            {name === tag && <Check aria-hidden />}
            <span className="tabular text-ink-faint text-mini">{count}</span>
          </MenuItem>
        ))}
        {tag !== null && (
          <>
            <MenuSeparator />
            <MenuItem onSelect={() => onTag(null)}>{t('allChats')}</MenuItem>
          </>
        )}
      </MenuContent>
    </Menu>
  )
}
