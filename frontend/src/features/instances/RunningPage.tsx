import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { instanceList } from '@/api/control/instances'
import { buttonLook } from '@/components/button'
import { LogDrawer } from '@/components/log-drawer'
import { useTranslations } from '@/i18n'
import { Room } from '../platform/Room'
import { Empty, Failure, Waiting } from '../platform/States'
import { InstanceCard } from './InstanceCard'
import { useReports } from './reports'
import { StopNotice } from './StopNotice'

interface RunningPageProps {
  /** The model of an instance is to be talked to. */
  onChat(model: string): void
}

/** What runs, what it is doing, and what can be done with it. */
export function RunningPage({ onChat }: RunningPageProps) {
  const t = useTranslations('instances')
  const platform = useTranslations('platform')
  const query = useQuery(instanceList())
  const reports = useReports(state => state.reports)
  const [logs, setLogs] = useState<{ runId: string; name: string } | null>(null)
  // By their start: one that is started again stays where it is.
  const shown = (query.data ?? [])
    .filter(one => one.state !== 'stopped')
    .sort((one, other) => one.run_id.localeCompare(other.run_id))
  return (
    <Room
      title={platform('running')}
      intro={t('intro')}
      drawer={
        logs !== null && <LogDrawer key={logs.runId} {...logs} onClose={() => setLogs(null)} />
      }
    >
      <Waiting pending={query.isPending} />
      {query.isError && !query.data && (
        <Failure
          error={query.error}
          title={platform('loadFailed')}
          onRetry={() => query.refetch()}
        />
      )}
      {reports.map(report => (
        <StopNotice key={report.runId} report={report} />
      ))}
      {query.data && shown.length === 0 && (
        <Empty title={t('empty')} note={t('emptyNote')}>
          <Link to="/models" className={buttonLook('solid')}>
            {t('toCatalogue')}
          </Link>
        </Empty>
      )}
      <ul className="flex flex-col gap-4 empty:hidden">
        {shown.map(instance => (
          <InstanceCard
            key={instance.run_id}
            instance={instance}
            logsOpen={logs?.runId === instance.run_id}
            onLogs={() =>
              setLogs(
                logs?.runId === instance.run_id
                  ? null
                  : { runId: instance.run_id, name: instance.name },
              )
            }
            onChat={onChat}
          />
        ))}
      </ul>
    </Room>
  )
}
