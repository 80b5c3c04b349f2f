import { Minus, Plus } from 'lucide-react'
import { usePatchInstance } from '@/api/control/instances'
import type { Replica, RunningInstance } from '@/api/control/types'
import { usePermissions } from '@/api/permissions'
import { IconButton } from '@/components/button'
import { StateDot } from '@/components/state-dot'
import { toastError } from '@/components/toast'
import { useLocale, useTranslations } from '@/i18n'
import { toldShortly } from '@/i18n/errors'
import { formatBytes } from '@/lib/format'

const most = 16

/** The copies that share an instance's requests, and how many there are to be. */
export function Replicas({ instance }: { instance: RunningInstance }) {
  const t = useTranslations('instances')
  const patch = usePatchInstance()
  const { runModels } = usePermissions()
  const { replicas, attached, state, run_id: runId } = instance
  if (attached || replicas.length === 0) return null
  const count = replicas.length
  const set = (next: number) =>
    patch.mutate(
      { runId, replicas: next },
      { onError: error => toastError(error, t('changeFailed')) },
    )
  const still = patch.isPending || state !== 'ready'
  return (
    <div className="mt-3 flex flex-wrap items-center gap-x-4 gap-y-1 border-line border-t pt-2">
      <span className="flex items-center gap-1 text-ink-soft">
        {t('replicas')}
        {runModels && (
          <IconButton
            label={t('fewer')}
            disabled={still || count < 2}
            onClick={() => set(count - 1)}
          >
            <Minus className="size-3.5" aria-hidden />
          </IconButton>
        )}
        <span className="tabular min-w-4 text-center font-medium text-ink">{count}</span>
        {runModels && (
          <IconButton
            label={t('extra')}
            disabled={still || count >= most}
            onClick={() => set(count + 1)}
          >
            <Plus className="size-3.5" aria-hidden />
          </IconButton>
        )}
      </span>
      {count > 1 && (
        <ul className="flex flex-wrap gap-x-4 gap-y-1">
          {replicas.map(replica => (
            <One key={replica.index} replica={replica} />
          ))}
        </ul>
      )}
    </div>
  )
}

function One({ replica }: { replica: Replica }) {
  const t = useTranslations('instances')
  const locale = useLocale()
  const facts = [
    t('replica', { index: String(replica.index) }),
    replica.gpus.length > 0 && t('gpus', { list: replica.gpus.join(', ') }),
    replica.memory_bytes && formatBytes(replica.memory_bytes, locale),
    replica.error && toldShortly(replica.error),
  ].filter(Boolean)
  return (
    <li className="tabular flex items-center gap-1.5 text-ink-soft text-mini">
      <StateDot state={replica.state} />
      {facts.join(' · ')}
    </li>
  )
}
