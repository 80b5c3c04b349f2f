import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { ThumbsDown, ThumbsUp } from 'lucide-react'
import { useState } from 'react'
import {
  type FeedbackFilter,
  feedback,
  feedbackFile,
  opinions,
  type RatedExchange,
} from '@/api/administration'
import { Button } from '@/components/button'
import { useLocale, useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { formatNumber, formatPercent } from '@/lib/format'
import { Empty, Failure, Waiting } from '../platform/States'
import { FileLink, Select, useNameOf, When } from './Parts'

/** What people think of replies, with the rated exchanges. */
export function Feedback() {
  const t = useTranslations('adminFeedback')
  const admin = useTranslations('admin')
  const [rating, setRating] = useState<'' | 'up' | 'down'>('')
  const [model, setModel] = useState('')
  const filter: FeedbackFilter = { rating: rating || null, model: model || null }
  const list = useInfiniteQuery(feedback(filter))
  const models = useQuery(opinions()).data?.items ?? []
  const items = list.data?.pages.flatMap(page => page.items) ?? []
  return (
    <>
      {models.length > 0 && (
        <>
          <Models models={models} />
          <div className="mb-5 flex flex-wrap items-end gap-3">
            <Select
              label={t('rating')}
              value={rating}
              options={[
                { value: '', label: admin('all') },
                { value: 'up', label: t('up') },
                { value: 'down', label: t('down') },
              ]}
              onChange={setRating}
            />
            <Select
              label={t('model')}
              value={model}
              options={[
                { value: '', label: t('allModels') },
                ...models
                  .filter(one => one.model)
                  .map(one => ({ value: one.model ?? '', label: one.model ?? '' })),
              ]}
              onChange={setModel}
              className="max-w-64"
            />
            <div className="ml-auto flex gap-2">
              <FileLink href={feedbackFile(filter, 'csv')}>{admin('csv')}</FileLink>
              <FileLink href={feedbackFile(filter, 'jsonl')}>{admin('json')}</FileLink>
            </div>
          </div>
        </>
      )}
      <Waiting pending={list.isPending} rows={3} />
      {list.isError && !list.data && (
        <Failure error={list.error} title={admin('loadFailed')} onRetry={() => list.refetch()} />
      )}
      {list.data && items.length === 0 && <Empty title={t('empty')} note={t('emptyNote')} />}
      <ul className="flex flex-col gap-3 empty:hidden">
        {items.map(one => (
          <Exchange key={`${one.message_id}/${one.user_id}`} one={one} />
        ))}
      </ul>
      {list.hasNextPage && (
        <Button
          className="mt-4"
          disabled={list.isFetchingNextPage}
          onClick={() => list.fetchNextPage()}
        >
          {admin('more')}
        </Button>
      )}
    </>
  )
}

interface Opinion {
  model: string | null
  up: number
  down: number
}

/** How the models stand beside each other. */
function Models({ models }: { models: Opinion[] }) {
  const t = useTranslations('adminFeedback')
  const locale = useLocale()
  return (
    <section aria-label={t('models')} className="mb-6 rounded-md border border-line bg-raised p-4">
      <h2 className="mb-2 text-ink-soft text-mini">{t('models')}</h2>
      <ul className="flex flex-col gap-2">
        {models.map(one => {
          const share = one.up / (one.up + one.down)
          return (
            <li
              key={one.model}
              className="grid grid-cols-[minmax(0,14rem)_1fr_auto] items-center gap-3 max-md:grid-cols-[1fr_auto]"
            >
              <span className="truncate font-medium">{one.model ?? t('unknown')}</span>
              <span
                aria-hidden
                className="h-2 overflow-hidden rounded-full bg-bad/30 max-md:order-last max-md:col-span-2"
              >
                <span className="block h-full bg-good" style={{ width: `${share * 100}%` }} />
              </span>
              <span className="tabular text-right text-ink-soft text-mini">
                {formatPercent(share, locale)}
                <span className="sr-only">
                  {t('share', { up: String(one.up), all: String(one.up + one.down) })}
                </span>
                <span aria-hidden className="ml-2">
                  {formatNumber(one.up, locale)} / {formatNumber(one.up + one.down, locale)}
                </span>
              </span>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

function Exchange({ one }: { one: RatedExchange }) {
  const t = useTranslations('adminFeedback')
  const nameOf = useNameOf()
  const good = one.rating === 'up'
  const Thumb = good ? ThumbsUp : ThumbsDown
  return (
    <li className="rounded-md border border-line bg-raised p-4">
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <Thumb className={cn('size-4', good ? 'text-good' : 'text-bad')} aria-hidden />
        <span className="font-medium">{good ? t('up') : t('down')}</span>
        {one.reason && (
          <span className="rounded-full bg-sunken px-2 text-ink-soft text-mini leading-5">
            {t('reason', { reason: one.reason })}
          </span>
        )}
        <span className="min-w-0 truncate text-ink-soft">{one.model ?? t('unknown')}</span>
        <span className="ml-auto text-ink-faint text-mini">
          {nameOf(one.user_id, one.user_name)} · <When at={one.updated_at} />
        </span>
      </div>
      {one.comment && (
        <p className="mt-2 whitespace-pre-wrap break-words border-accent border-l-2 pl-3">
          <span className="sr-only">{t('said')}: </span>
          {one.comment}
        </p>
      )}
      <dl className="mt-3 grid gap-x-4 gap-y-2 md:grid-cols-[5rem_1fr]">
        {one.question && (
          <>
            <dt className="text-ink-faint text-mini leading-6">{t('asked')}</dt>
            <dd className="line-clamp-4 whitespace-pre-wrap break-words">{one.question}</dd>
          </>
        )}
        <dt className="text-ink-faint text-mini leading-6">{t('answered')}</dt>
        <dd className="max-h-64 overflow-y-auto whitespace-pre-wrap break-words">{one.reply}</dd>
      </dl>
    </li>
  )
}
