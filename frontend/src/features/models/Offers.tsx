import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { modelList } from '@/api/models'
import { usePermissions } from '@/api/permissions'
import type { ModelInfo } from '@/api/types'
import { useTranslations } from '@/i18n'
import { ModelRow } from './ModelRow'
import { isAway } from './words'

/** How many models a first visit is shown. */
const shown = 4

/** Downloads under way first, then what fits, then what is known best; else in the catalogue's order. */
function byUse(a: ModelInfo, b: ModelInfo): number {
  const rank = (model: ModelInfo) =>
    model.state === 'downloading' ? 0 : model.fit?.fits === false ? 2 : 1
  return rank(a) - rank(b) || Number(a.size_bytes === null) - Number(b.size_bytes === null)
}

/** One model of each family, and whatever is being downloaded. */
function various(models: ModelInfo[]): ModelInfo[] {
  const seen = new Set<string>()
  return models.filter(model => {
    const family = model.model_id ?? model.id
    const fresh = !seen.has(family) || model.state === 'downloading'
    seen.add(family)
    return fresh
  })
}

/** Real models for somebody who has only met the demonstration; a finished download can be started. */
export function Offers({ onChat }: { onChat(model: ModelInfo): void }) {
  const t = useTranslations('first')
  const { data } = useQuery(modelList())
  const { runModels } = usePermissions()
  const chat = data?.filter(model => model.kind === 'chat' && !model.demonstration) ?? []
  const here = chat.filter(model => !isAway(model) && model.state !== 'remote')
  const away = various(chat.filter(isAway).sort(byUse))
  const offers = [...here, ...away].slice(0, shown)
  if (offers.length === 0 || !runModels) return null
  return (
    <section aria-label={t('offers')} className="mx-auto mt-10 w-full max-w-2xl">
      <div className="flex items-baseline justify-between gap-4 border-line border-b pb-2">
        <h2 className="font-medium text-ink-faint">{t('offers')}</h2>
        <Link to="/models" className="text-accent hover:underline">
          {t('allModels')}
        </Link>
      </div>
      <ul className="divide-y divide-line">
        {offers.map(model => (
          <ModelRow key={model.id} model={model} onChat={onChat} />
        ))}
      </ul>
    </section>
  )
}
