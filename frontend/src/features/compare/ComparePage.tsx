import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Square } from 'lucide-react'
import { Tabs } from 'radix-ui'
import { useState } from 'react'
import {
  type Comparison,
  comparison,
  type Outcome,
  useAnswerAgain,
  useCompare,
  useStopAll,
  useVote,
} from '@/api/comparisons'
import { ApiError } from '@/api/errors'
import { modelList } from '@/api/models'
import { Button } from '@/components/button'
import { toastError } from '@/components/toast'
import { useTranslations } from '@/i18n'
import { usePhone } from '@/lib/media'
import { Empty, Failure, Waiting } from '../platform/States'
import { Answer } from './Answer'
import { letterOf } from './letters'
import { type Asked, isWriting, type Live } from './live'
import { Votes } from './Votes'

interface ComparePageProps {
  id: string
  live: Live
}

/** One comparison: the question, the answers side by side, the vote, and what is asked next. */
export function ComparePage({ id, live }: ComparePageProps) {
  const t = useTranslations('compare')
  const query = useQuery(comparison(id))
  if (query.data) return <Columns key={id} shown={query.data} live={live} />
  if (query.error instanceof ApiError && query.error.status === 404) {
    return (
      <Empty title={t('missing')} note={t('intro')}>
        <Link to="/compare" className="text-accent underline underline-offset-4">
          {t('new')}
        </Link>
      </Empty>
    )
  }
  if (query.isError) {
    return <Failure error={query.error} title={t('loadFailed')} onRetry={() => query.refetch()} />
  }
  return <Waiting pending={query.isPending} rows={2} />
}

function Columns({ shown, live }: { shown: Comparison; live: Live }) {
  const t = useTranslations('compare')
  const { data: models = [] } = useQuery(modelList())
  const navigate = useNavigate()
  const phone = usePhone()
  const stopAll = useStopAll(shown.id)
  const vote = useVote(shown.id)
  const again = useAnswerAgain(shown.id)
  const compare = useCompare()
  const [tab, setTab] = useState('0')
  const known = shown.models.map(id =>
    id === null ? undefined : models.find(one => one.id === id),
  )
  const names = shown.models.map((id, place) =>
    id === null ? t('answer', { letter: letterOf(place) }) : (known[place]?.name ?? id),
  )
  const writing = shown.answers.some(isWriting)
  const failed = (title: string) => (error: unknown) => toastError(error, title)
  const cast = (outcome: Outcome, place?: number) => {
    const answer = place === undefined ? undefined : shown.answers[place]?.id
    vote.mutate(
      { outcome, ...(answer && { answer_id: answer }) },
      { onError: failed(t('voteFailed')) },
    )
  }
  const goOn = async (place: number) => {
    const message = shown.answers[place]
    if (!message) return
    if (shown.outcome === null) {
      await vote.mutateAsync({ outcome: 'winner', answer_id: message.id }).catch(() => undefined)
    }
    await live.goOn(message)
  }
  const next = async (content: Asked) => {
    try {
      const following = await compare.mutateAsync({
        follows: shown.id,
        content,
        blind: shown.blind,
        chat_id: shown.chat_id,
        parent_id: shown.answers[shown.winner ?? 0]?.id ?? null,
      })
      navigate({ to: '/compare/$comparisonId', params: { comparisonId: following.id } })
    } catch (error) {
      toastError(error, t('sendFailed'))
      throw error
    }
  }
  const column = (place: number) => {
    const message = shown.answers[place]
    const name = names[place] ?? ''
    if (!message) return null
    return (
      <Answer
        message={message}
        name={name}
        hidden={shown.models[place] === null}
        won={shown.winner === place}
        models={models}
        draw={live.draw}
        onStop={() => live.stop(message)}
        onAgain={() => again.mutate(message.id, { onError: failed(t('againFailed')) })}
        onGoOn={() => void goOn(place)}
      />
    )
  }
  return (
    <>
      <div className="mb-4 flex items-start gap-3">
        <div className="min-w-0 max-w-(--reading) flex-1">
          {live.files(shown.question)}
          {shown.question.content && (
            <article
              aria-label={t('question')}
              className="whitespace-pre-wrap break-words rounded-lg bg-said px-4 py-2.5 text-reading"
            >
              {shown.question.content}
            </article>
          )}
        </div>
        {writing && (
          <Button
            className="shrink-0"
            disabled={stopAll.isPending}
            onClick={() => stopAll.mutate(undefined)}
          >
            <Square aria-hidden className="size-3.5 fill-current" />
            {t('stopAll')}
          </Button>
        )}
      </div>
      {phone ? (
        <Tabs.Root value={tab} onValueChange={setTab}>
          <Tabs.List
            aria-label={t('models')}
            className="-mx-4 sticky top-0 z-10 flex gap-1 overflow-x-auto border-line border-b bg-ground px-4 [scrollbar-width:none]"
          >
            {names.map((name, place) => (
              <Tabs.Trigger
                key={letterOf(place)}
                value={String(place)}
                className="flex h-11 shrink-0 items-center gap-1.5 border-transparent border-b-2 px-3 text-ink-soft data-[state=active]:border-accent data-[state=active]:font-medium data-[state=active]:text-ink"
              >
                <span className="max-w-[60vw] truncate">{name}</span>
                {shown.answers[place] && isWriting(shown.answers[place]) && (
                  <>
                    <span aria-hidden className="size-2 animate-pulse rounded-full bg-live" />
                    <span className="sr-only">{t('writing')}</span>
                  </>
                )}
              </Tabs.Trigger>
            ))}
          </Tabs.List>
          {names.map((_, place) => (
            <Tabs.Content key={letterOf(place)} value={String(place)} className="pt-3 outline-none">
              {column(place)}
            </Tabs.Content>
          ))}
        </Tabs.Root>
      ) : (
        <div
          className="grid gap-4 overflow-x-auto pb-1"
          style={{ gridTemplateColumns: `repeat(${names.length}, minmax(15rem, 1fr))` }}
        >
          {names.map((_, place) => (
            <div
              key={letterOf(place)}
              className="min-w-0 rounded-md border border-line bg-raised px-4 py-3"
            >
              {column(place)}
            </div>
          ))}
        </div>
      )}
      <Votes shown={shown} names={names} disabled={vote.isPending} onVote={cast} />
      <div className="mt-8 max-w-(--reading)">
        {live.ask({
          draft: `compare.${shown.chat_id}`,
          label: t('next'),
          hint: t('nextHint'),
          send: t('send'),
          disabled: writing || compare.isPending,
          models: known.filter(one => one !== undefined),
          onAsk: next,
        })}
      </div>
    </>
  )
}
