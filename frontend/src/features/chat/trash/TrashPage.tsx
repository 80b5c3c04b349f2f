import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { Trash2, Undo2 } from 'lucide-react'
import { useState } from 'react'
import { refreshLists } from '@/api/lists'
import { changeMany, emptyTrash, type TrashedChat, trashList } from '@/api/shelves'
import { Button, IconButton } from '@/components/button'
import { toast, toastError } from '@/components/toast'
import { useFormatter, useTranslations } from '@/i18n'
import { useDelayed } from '@/lib/delayed'
import { Empty } from '../../platform/States'

/** Deleted chats: to be taken out again, or removed for good. */
export function TrashPage() {
  const t = useTranslations('trash')
  const common = useTranslations('common')
  const query = useInfiniteQuery(trashList())
  const waiting = useDelayed(query.isPending)
  const chats = query.data?.pages.flatMap(page => page.items) ?? []
  const days = query.data?.pages[0]?.days ?? 0
  if (query.isPending) {
    return waiting ? <div aria-hidden className="h-40 animate-pulse rounded-md bg-hover" /> : null
  }
  if (query.isError && chats.length === 0) {
    return (
      <div>
        <p>{t('failed')}</p>
        <Button className="mt-2" onClick={() => query.refetch()}>
          {common('retry')}
        </Button>
      </div>
    )
  }
  if (chats.length === 0) {
    return <Empty title={t('empty')} note={t('emptyNote')} />
  }
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center justify-between gap-3">
        <p className="text-ink-soft">{days > 0 && t('days', { days })}</p>
        <EmptyButton />
      </div>
      <ul className="border-line border-t">
        {chats.map(chat => (
          <Row key={chat.id} chat={chat} />
        ))}
      </ul>
      {query.hasNextPage && (
        <Button
          className="mt-4"
          disabled={query.isFetchingNextPage}
          onClick={() => query.fetchNextPage()}
        >
          {t('more')}
        </Button>
      )}
    </>
  )
}

function useRefresh() {
  const client = useQueryClient()
  return () => refreshLists(client)
}

function EmptyButton() {
  const t = useTranslations('trash')
  const common = useTranslations('common')
  const refresh = useRefresh()
  const [asked, setAsked] = useState(false)
  if (!asked) return <Button onClick={() => setAsked(true)}>{t('emptyIt')}</Button>
  const empty = async () => {
    try {
      const { removed } = await emptyTrash()
      toast({ title: t('removed', { count: removed }) })
    } catch (error) {
      toastError(error, common('failed'))
    }
    setAsked(false)
    refresh()
  }
  return (
    <div role="alert" className="flex flex-wrap items-center gap-2">
      <span>{t('reallyAll')}</span>
      <Button look="bad" onClick={empty}>
        {t('purge')}
      </Button>
      <Button onClick={() => setAsked(false)}>{t('cancel')}</Button>
    </div>
  )
}

function Row({ chat }: { chat: TrashedChat }) {
  const t = useTranslations('trash')
  const words = useTranslations('sidebar')
  const common = useTranslations('common')
  const format = useFormatter()
  const refresh = useRefresh()
  const [asked, setAsked] = useState(false)
  const title = chat.title || words('untitled')
  const change = async (deed: 'restore' | 'purge') => {
    try {
      await changeMany(deed, [chat.id])
      if (deed === 'restore') toast({ title: t('restored', { title }) })
    } catch (error) {
      toastError(error, common('failed'))
    } finally {
      refresh()
    }
  }
  return (
    <li className="flex min-h-12 flex-wrap items-center gap-x-3 gap-y-1 border-line border-b py-1.5">
      <span className="min-w-0 flex-1">
        <span className="block truncate">{title}</span>
        <span className="block text-ink-faint text-mini">
          {[
            t('deleted', { when: format.relativeTime(new Date(chat.deleted_at), new Date()) }),
            chat.folder,
          ]
            .filter(Boolean)
            .join(' · ')}
        </span>
      </span>
      {asked ? (
        <span role="alert" className="flex flex-wrap items-center gap-2">
          {t('really', { title })}
          <Button look="bad" onClick={() => change('purge')}>
            {t('purge')}
          </Button>
          <Button onClick={() => setAsked(false)}>{t('cancel')}</Button>
        </span>
      ) : (
        <>
          <Button onClick={() => change('restore')}>
            <Undo2 className="size-4" aria-hidden />
            {t('restore')}
            <span className="sr-only">: {title}</span>
          </Button>
          <IconButton label={`${t('purge')}: ${title}`} onClick={() => setAsked(true)}>
            <Trash2 className="size-4" aria-hidden />
          </IconButton>
        </>
      )}
    </li>
  )
}
