import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { lazy, Suspense, useMemo, useState } from 'react'
import { catalogue } from '@/api/control/catalogue'
import type { CatalogModel } from '@/api/control/types'
import { usePermissions } from '@/api/permissions'
import { Button } from '@/components/button'
import { useTranslations } from '@/i18n'
import { LaunchDrawer } from '../launch/LaunchDrawer'
import { Room } from '../platform/Room'
import { Empty, Failure, Waiting } from '../platform/States'
import { FilterBar } from './FilterBar'
import { filtered, isFiltered, type Kind, noFilters } from './filters'
import { ModelCard } from './ModelCard'

const AddModel = lazy(() => import('./AddModel'))

interface CataloguePageProps {
  /** Whose launch form is open. */
  modelId: string | null
  /** A variant's model is to be talked to. */
  onChat(variant: string): void
}

/** All models that can be launched, and the form that launches one. */
export function CataloguePage({ modelId, onChat }: CataloguePageProps) {
  const t = useTranslations('catalogue')
  const platform = useTranslations('platform')
  const navigate = useNavigate()
  const query = useQuery(catalogue())
  const { runModels } = usePermissions()
  const [adding, setAdding] = useState(false)
  const add = runModels ? () => setAdding(true) : undefined
  return (
    <Room
      title={platform('catalogue')}
      action={
        add && (
          <Button onClick={add}>
            <Plus className="size-4" aria-hidden />
            {t('add')}
          </Button>
        )
      }
      drawer={
        modelId !== null && (
          <LaunchDrawer
            key={modelId}
            modelId={modelId}
            onClose={() => navigate({ to: '/models' })}
            onChat={onChat}
          />
        )
      }
    >
      <Waiting pending={query.isPending} />
      {query.isError && (
        <Failure
          error={query.error}
          title={platform('loadFailed')}
          onRetry={() => query.refetch()}
        />
      )}
      {query.data && <Shelf models={query.data} open={modelId} onAdd={add} />}
      {adding && (
        <Suspense fallback={null}>
          <AddModel
            onClose={() => setAdding(false)}
            onAdded={id => navigate({ to: '/models/$modelId', params: { modelId: id } })}
          />
        </Suspense>
      )}
    </Room>
  )
}

interface ShelfProps {
  models: CatalogModel[]
  open: string | null
  /** Left out for those who may not. */
  onAdd?: () => void
}

function Shelf({ models, open, onAdd }: ShelfProps) {
  const t = useTranslations('catalogue')
  const [filters, setFilters] = useState(() => ({ ...noFilters, kind: kindOf(models, open) }))
  const shown = useMemo(() => filtered(models, filters), [models, filters])
  if (models.length === 0) {
    return (
      <Empty title={t('empty')} note={t('emptyNote')}>
        {onAdd && (
          <Button look="solid" onClick={onAdd}>
            {t('add')}
          </Button>
        )}
      </Empty>
    )
  }
  return (
    <>
      <FilterBar models={models} filters={filters} onChange={setFilters} />
      <p role="status" className="sr-only">
        {t('shown', { count: shown.length })}
      </p>
      {shown.length === 0 ? (
        <Empty title={t('none')} note={t('noneNote')}>
          {isFiltered(filters) && (
            <Button onClick={() => setFilters({ ...noFilters, kind: filters.kind })}>
              {t('clear')}
            </Button>
          )}
        </Empty>
      ) : (
        <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(18.5rem,100%),1fr))] gap-3">
          {shown.map(model => (
            <ModelCard key={model.id} model={model} open={model.id === open} />
          ))}
        </ul>
      )}
    </>
  )
}

/** The tab on which the model stands whose form is open. */
function kindOf(models: CatalogModel[], open: string | null): Kind {
  const kind = models.find(model => model.id === open)?.kind
  return kind === 'embedding' || kind === 'rerank' ? kind : 'chat'
}
