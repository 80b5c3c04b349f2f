import { useQuery } from '@tanstack/react-query'
import { modelList } from '@/api/models'
import type { ModelInfo } from '@/api/types'
import { Button } from '@/components/button'
import { useTranslations } from '@/i18n'
import { useDelayed } from '@/lib/delayed'
import { ModelRow } from './ModelRow'

interface ModelsPageProps {
  /** The person wants to talk to this model. */
  onChat(model: ModelInfo): void
}

/** The catalogue by what can be done with it now. */
export function ModelsPage({ onChat }: ModelsPageProps) {
  const t = useTranslations('models')
  const common = useTranslations('common')
  const query = useQuery(modelList())
  const skeleton = useDelayed(query.isPending)
  if (query.isPending) return skeleton ? <Skeleton /> : null
  if (query.isError) {
    return (
      <div role="alert">
        <p>{t('loadFailed')}</p>
        <Button className="mt-3" onClick={() => query.refetch()}>
          {common('retry')}
        </Button>
      </div>
    )
  }
  const groups = [
    { title: t('running'), models: query.data.filter(isUp) },
    { title: t('here'), models: query.data.filter(isDown) },
    { title: t('endpoints'), models: query.data.filter(model => model.state === 'remote') },
    { title: t('catalogue'), models: byFamily(query.data.filter(isAway)) },
  ].filter(group => group.models.length > 0)
  if (groups.length === 0) {
    return (
      <div className="py-16 text-center">
        <h2 className="font-semibold text-title">{t('empty')}</h2>
        <p className="mt-1 text-ink-soft">{t('emptyNote')}</p>
      </div>
    )
  }
  return groups.map(group => (
    <section key={group.title} aria-label={group.title} className="mb-8">
      <h2 className="border-line border-b pb-2 font-medium text-ink-faint">{group.title}</h2>
      <ul className="divide-y divide-line">
        {group.models.map((model, at) => (
          <ModelRow
            key={model.id}
            model={model}
            described={!sameFamily(model, group.models[at - 1])}
            onChat={onChat}
          />
        ))}
      </ul>
    </section>
  ))
}

export function isAway(model: ModelInfo): boolean {
  return model.state === 'not_downloaded' || model.state === 'downloading'
}

function isDown(model: ModelInfo): boolean {
  return model.state === 'stopped' || model.state === 'failed'
}

function isUp(model: ModelInfo): boolean {
  return !isAway(model) && !isDown(model) && model.state !== 'remote'
}

function sameFamily(model: ModelInfo, other: ModelInfo | undefined): boolean {
  return model.model_id !== null && model.model_id === other?.model_id
}

function bySize(a: ModelInfo, b: ModelInfo): number {
  return (a.parameters ?? 0) - (b.parameters ?? 0) || (a.size_bytes ?? 0) - (b.size_bytes ?? 0)
}

/** Families together, in the catalogue's order; small before large within each. */
function byFamily(models: ModelInfo[]): ModelInfo[] {
  const families = new Map<string, ModelInfo[]>()
  for (const model of models) {
    const family = model.model_id ?? model.id
    families.set(family, [...(families.get(family) ?? []), model])
  }
  return [...families.values()].flatMap(family => family.sort(bySize))
}

function Skeleton() {
  return (
    <div aria-hidden className="flex flex-col gap-6 pt-4">
      {[60, 45, 70, 52].map(width => (
        <div key={width} className="flex flex-col gap-2">
          <div className="h-4 w-40 rounded-full bg-hover" />
          <div className="h-3 rounded-full bg-hover" style={{ width: `${width}%` }} />
        </div>
      ))}
    </div>
  )
}
