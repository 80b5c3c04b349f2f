import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { type ToolServer, toolServers } from '@/api/tools'
import { Button } from '@/components/button'
import { useTranslations } from '@/i18n'
import { Room } from '../platform/Room'
import { Empty, Failure, Waiting } from '../platform/States'
import { ServerRow } from './ServerRow'
import { ServerSheet } from './ServerSheet'

/** The servers whose tools models may call. */
export function ToolsPage() {
  const t = useTranslations('toolServers')
  const query = useQuery(toolServers())
  const [edited, setEdited] = useState<ToolServer | 'new' | null>(null)
  const servers = query.data?.data
  const add = (
    <Button look={servers?.length === 0 ? 'solid' : 'line'} onClick={() => setEdited('new')}>
      <Plus className="size-4" aria-hidden />
      {t('add')}
    </Button>
  )
  return (
    <Room
      title={t('title')}
      intro={t('intro')}
      action={servers && servers.length > 0 ? add : undefined}
    >
      {query.data?.missing && (
        <p role="status" className="mb-4 rounded-md border border-line bg-sunken px-4 py-3">
          {query.data.missing}
        </p>
      )}
      <Waiting pending={query.isPending} rows={2} />
      {query.isError && !query.data && (
        <Failure error={query.error} title={t('loadFailed')} onRetry={() => query.refetch()} />
      )}
      {servers?.length === 0 && (
        <Empty title={t('empty')} note={t('emptyNote')}>
          {add}
        </Empty>
      )}
      <ul className="flex flex-col gap-3 empty:hidden">
        {servers?.map(server => (
          <ServerRow key={server.id} server={server} onEdit={() => setEdited(server)} />
        ))}
      </ul>
      {edited !== null && (
        <ServerSheet server={edited === 'new' ? null : edited} onClose={() => setEdited(null)} />
      )}
    </Room>
  )
}
