import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Plus, X } from 'lucide-react'
import { useState } from 'react'
import { type ComparisonLine, comparisonList, useCompare } from '@/api/comparisons'
import { modelList } from '@/api/models'
import { Button, IconButton } from '@/components/button'
import { fieldLook } from '@/components/field'
import { toastError } from '@/components/toast'
import { useLocale, useTranslations } from '@/i18n'
import { inARow } from '@/lib/format'
import { Switch } from '../platform/Form'
import { CompareAreas } from './CompareAreas'
import { letterOf } from './letters'
import type { Asked, Live } from './live'
import { comparable, firstChoice, least, most, remember, remembered } from './models'

interface SetupPageProps {
  /** The chat that it goes on in; null: a new one. */
  chat: { id: string; title: string } | null
  ask: Live['ask']
}

/** Chooses the models and asks them the first message. */
export function SetupPage({ chat, ask: askForm }: SetupPageProps) {
  const t = useTranslations('compare')
  const navigate = useNavigate()
  const query = useQuery(modelList())
  const models = comparable(query.data ?? [])
  const [changed, setChanged] = useState<string[] | null>(null)
  const chosen = changed ?? firstChoice(models, remembered())
  const [blind, setBlind] = useState(false)
  const compare = useCompare()
  const name = (id: string) => models.find(one => one.id === id)?.name ?? id
  const free = models.filter(one => !chosen.includes(one.id))
  /** One that stands elsewhere already changes places. */
  const exchange = (old: string, model: string) =>
    setChanged(chosen.map(one => (one === old ? model : one === model ? old : one)))
  const ask = async (content: Asked) => {
    remember(chosen)
    try {
      const shown = await compare.mutateAsync({
        models: chosen,
        content,
        blind,
        ...(chat && { chat_id: chat.id }),
      })
      navigate({ to: '/compare/$comparisonId', params: { comparisonId: shown.id } })
    } catch (error) {
      toastError(error, t('sendFailed'))
      throw error
    }
  }
  return (
    <>
      <CompareAreas />
      <section aria-label={t('models')} className="mb-5">
        <div className="grid gap-x-4 gap-y-3 md:grid-cols-2">
          {chosen.map((id, place) => (
            <div key={id} className="flex items-end gap-1">
              <label className="min-w-0 flex-1">
                <span className="mb-1 block font-medium">
                  {t('model', { place: String(place + 1) })}
                </span>
                <select
                  value={id}
                  onChange={event => exchange(id, event.target.value)}
                  className={fieldLook}
                >
                  {models.map(one => (
                    <option key={one.id} value={one.id}>
                      {one.name}
                    </option>
                  ))}
                </select>
              </label>
              {chosen.length > least && (
                <IconButton
                  label={t('remove', { name: name(id) })}
                  onClick={() => setChanged(chosen.filter(one => one !== id))}
                >
                  <X className="size-4" aria-hidden />
                </IconButton>
              )}
            </div>
          ))}
        </div>
        <div className="mt-3 flex flex-wrap items-center gap-x-5 gap-y-2">
          {chosen.length < most && free[0] && (
            <Button onClick={() => setChanged([...chosen, free[0]?.id ?? ''])}>
              <Plus className="size-4" aria-hidden />
              {t('add')}
            </Button>
          )}
          <Switch label={t('blind')} checked={blind} onChange={setBlind} />
        </div>
        {query.isSuccess && models.length < least && (
          <p role="status" className="mt-3 text-ink-soft">
            {t('nothing')}
          </p>
        )}
      </section>
      {askForm({
        draft: chat ? `compare.${chat.id}` : 'compare',
        label: t('message'),
        hint: inARow(t('messageHint'), chat && t('inChat', { title: chat.title })),
        send: t('send'),
        disabled: chosen.length < least || compare.isPending,
        models: models.filter(one => chosen.includes(one.id)),
        onAsk: ask,
      })}
      <Recent />
    </>
  )
}

function Recent() {
  const t = useTranslations('compare')
  const locale = useLocale()
  const { data: models = [] } = useQuery(modelList())
  const { data = [] } = useQuery(comparisonList())
  if (data.length === 0) return null
  const when = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })
  const name = (id: string | null, place: number) =>
    id === null ? letterOf(place) : (models.find(one => one.id === id)?.name ?? id)
  const outcome = (one: ComparisonLine) => {
    if (one.outcome === 'tie') return t('tied')
    if (one.outcome === 'bad') return t('allBad')
    const winner = one.winner
    return winner === null ? null : t('won', { name: name(one.models[winner] ?? null, winner) })
  }
  return (
    <section aria-label={t('recent')} className="mt-10">
      <h2 className="border-line border-b pb-2 font-medium text-ink-faint">{t('recent')}</h2>
      <ul>
        {data.map(one => (
          <li key={one.id}>
            <Link
              to="/compare/$comparisonId"
              params={{ comparisonId: one.id }}
              className="-mx-2 flex min-h-10 items-center gap-3 rounded-sm px-2 hover:bg-hover touch:min-h-11"
            >
              <span className="min-w-0 flex-1 truncate">{one.models.map(name).join(' · ')}</span>
              <span className="min-w-0 truncate text-ink-soft text-mini max-sm:hidden">
                {outcome(one)}
              </span>
              <span className="tabular shrink-0 text-ink-faint text-mini">
                {when.format(new Date(one.created_at))}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  )
}
