import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { endpointList } from '@/api/control/endpoints'
import type { Endpoint } from '@/api/control/types'
import { Button } from '@/components/button'
import { useTranslations } from '@/i18n'
import { Room } from '../platform/Room'
import { Empty, Failure, Waiting } from '../platform/States'
import { EndpointRow } from './EndpointRow'
import { EndpointSheet } from './EndpointSheet'
import { WithConnectionWords } from './words'

/** Remote servers whose models are offered like those here. */
export function EndpointsPage() {
  const t = useTranslations('endpoints')
  const platform = useTranslations('platform')
  const query = useQuery(endpointList())
  const [edited, setEdited] = useState<Endpoint | 'new' | null>(null)
  const add = (
    <Button look={query.data?.length === 0 ? 'solid' : 'line'} onClick={() => setEdited('new')}>
      <Plus className="size-4" aria-hidden />
      {t('add')}
    </Button>
  )
  return (
    <Room
      title={platform('endpoints')}
      intro={t('intro')}
      action={query.data && query.data.length > 0 ? add : undefined}
    >
      <Waiting pending={query.isPending} rows={2} />
      {query.isError && !query.data && (
        <Failure
          error={query.error}
          title={platform('loadFailed')}
          onRetry={() => query.refetch()}
        />
      )}
      {query.data?.length === 0 && (
        <Empty title={t('empty')} note={t('emptyNote')}>
          {add}
        </Empty>
      )}
      <WithConnectionWords>
        <ul className="flex flex-col gap-3 empty:hidden">
          {query.data?.map(endpoint => (
            <EndpointRow key={endpoint.id} endpoint={endpoint} onEdit={() => setEdited(endpoint)} />
          ))}
        </ul>
        {edited !== null && (
          <EndpointSheet
            endpoint={edited === 'new' ? null : edited}
            onClose={() => setEdited(null)}
          />
        )}
      </WithConnectionWords>
    </Room>
  )
}
