import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { FlaskConical, MessageSquare, Pin, ScrollText, Square } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useRestartInstance, useStopInstance } from '@/api/control/instances'
import type { RunningInstance } from '@/api/control/types'
import { modelList } from '@/api/models'
import { usePermissions } from '@/api/permissions'
import { Button, IconButton } from '@/components/button'
import { Progress } from '@/components/progress'
import { StateDot } from '@/components/state-dot'
import { Tip } from '@/components/tip'
import { toastError } from '@/components/toast'
import { useLocale, useTranslations } from '@/i18n'
import { engineName } from '@/lib/engines'
import { formatBytes, formatDuration, formatNumber } from '@/lib/format'
import { Problem } from '../platform/States'
import { Charts } from './Charts'
import { InstanceMenu } from './InstanceMenu'
import { Replicas } from './Replicas'
import { tell } from './reports'
import { Verified } from './Verified'

interface InstanceCardProps {
  instance: RunningInstance
  logsOpen: boolean
  onLogs(): void
  onChat(model: string): void
}

/** One instance: what it is, how it does, and what can be done with it. */
export function InstanceCard({ instance, logsOpen, onLogs, onChat }: InstanceCardProps) {
  const t = useTranslations('instances')
  const { name, state, loading, error, pinned, attached } = instance
  const ready = state === 'ready'
  const kind = useKind(instance.variant)
  const { runModels } = usePermissions()
  return (
    <li
      data-run={instance.run_id}
      className="rounded-md border border-line bg-raised px-4 pt-3.5 pb-4 md:px-5"
    >
      <div className="flex flex-wrap items-start gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1 basis-64">
          <h2 className="flex items-center gap-2 font-semibold text-reading leading-snug">
            <StateDot state={state} />
            <span className="truncate">{name}</span>
            {pinned && (
              <Tip label={t('pinned')}>
                <span className="inline-flex">
                  <Pin className="size-3.5 text-ink-faint" aria-hidden />
                  <span className="sr-only">{t('pinned')}</span>
                </span>
              </Tip>
            )}
          </h2>
          <Facts instance={instance} />
        </div>
        <Actions instance={instance} logsOpen={logsOpen} onLogs={onLogs} onChat={onChat} />
      </div>
      {loading && !ready && (
        <Progress
          value={loading.progress ?? null}
          label={t('loaded', { time: '' })}
          className="mt-3 max-w-md"
        />
      )}
      {error && (
        <Problem error={error} label={name} className="mt-3">
          {state === 'failed' && runModels && (
            <>
              {!attached && <RestartButton runId={instance.run_id} />}
              <Button aria-expanded={logsOpen} onClick={onLogs}>
                {t('logs')}
              </Button>
            </>
          )}
        </Problem>
      )}
      {ready && <Verified runId={instance.run_id} />}
      {ready && <Charts runId={instance.run_id} writes={kind === 'chat'} />}
      {state !== 'failed' && <Replicas instance={instance} />}
    </li>
  )
}

function RestartButton({ runId }: { runId: string }) {
  const t = useTranslations('instances')
  const restart = useRestartInstance()
  return (
    <Button
      disabled={restart.isPending}
      onClick={() =>
        restart.mutate(runId, { onError: error => toastError(error, t('restartFailed')) })
      }
    >
      {restart.isPending ? t('restarting') : t('restart')}
    </Button>
  )
}

/** What is known of it in one line, the unknown left out. */
function Facts({ instance }: { instance: RunningInstance }) {
  const t = useTranslations('instances')
  const picker = useTranslations('picker')
  const locale = useLocale()
  const up = useUptime(instance.state === 'ready' ? instance.started_at : null)
  const { gpus } = instance.options
  const serving = instance.state === 'ready'
  const facts: string[] = []
  if (instance.state !== 'ready') facts.push(picker(`states.${instance.state}`))
  facts.push(engineName(instance.engine))
  if (gpus && gpus.length > 0) facts.push(t('gpus', { list: gpus.join(', ') }))
  if (up !== null) facts.push(t('uptime', { time: formatDuration(up, locale) }))
  if (instance.tokens_per_second) {
    facts.push(t('speed', { speed: formatNumber(instance.tokens_per_second, locale, 1) }))
  }
  if (instance.memory_bytes) {
    facts.push(t('memory', { size: formatBytes(instance.memory_bytes, locale) }))
  }
  if (instance.context_length) {
    facts.push(t('context', { tokens: formatNumber(instance.context_length, locale) }))
  }
  if (instance.slots && serving) {
    facts.push(t('slots', { active: String(instance.active), slots: String(instance.slots) }))
  }
  if (instance.queued > 0) facts.push(t('queued', { count: instance.queued }))
  if (instance.load_seconds && serving) {
    facts.push(t('loaded', { time: formatDuration(instance.load_seconds * 1000, locale) }))
  }
  if (instance.restarts > 0) facts.push(t('restarts', { count: instance.restarts }))
  if (instance.pid) facts.push(t('pid', { pid: String(instance.pid) }))
  return (
    <p className="tabular mt-1 text-ink-soft text-mini leading-relaxed">
      {facts.join(' · ')}
      {instance.attached && (
        <Tip label={t('attachedHint')}>
          <button type="button" className="ml-1.5 underline decoration-dotted underline-offset-4">
            {t('attached')}
          </button>
        </Tip>
      )}
    </p>
  )
}

/** What its model is for. */
function useKind(variant: string): string {
  const { data: models } = useQuery(modelList())
  return models?.find(one => one.id === variant)?.kind ?? 'chat'
}

/** Milliseconds since the start, told once a second at first and once a minute later. */
function useUptime(since: string | null): number | null {
  const [now, setNow] = useState(Date.now)
  const passed = since === null ? null : Math.max(0, now - Date.parse(since))
  const step = passed !== null && passed > 120_000 ? 30_000 : 1000
  useEffect(() => {
    if (since === null) return
    const timer = setInterval(() => setNow(Date.now()), step)
    return () => clearInterval(timer)
  }, [since, step])
  return passed
}

function Actions({ instance, logsOpen, onLogs, onChat }: InstanceCardProps) {
  const t = useTranslations('instances')
  const stop = useStopInstance()
  const kind = useKind(instance.variant)
  const { runModels, readLogs } = usePermissions()
  const { name, run_id: runId, state, model } = instance
  const ready = state === 'ready'
  // Not as callbacks of `mutate`: the card is gone from the list before the answer is here.
  const halt = () =>
    stop.mutateAsync(runId).then(
      report => tell({ runId, name, report }),
      error => toastError(error, t('stopFailed')),
    )
  return (
    <div className="ml-auto flex flex-wrap items-center gap-1">
      {ready && kind === 'chat' && (
        <Link to="/" onClick={() => onChat(model)} className={quiet}>
          <MessageSquare className="size-4" aria-hidden />
          {t('chat')}
        </Link>
      )}
      {ready && (
        <Link to="/playground/$runId" params={{ runId }} className={quiet}>
          <FlaskConical className="size-4" aria-hidden />
          {/* on a phone the picture alone, so that Stop keeps its place in the row */}
          <span className="max-md:sr-only">{t('playground')}</span>
        </Link>
      )}
      {readLogs && (
        <IconButton label={t('logsOf', { model: name })} aria-expanded={logsOpen} onClick={onLogs}>
          <ScrollText className="size-4" aria-hidden />
        </IconButton>
      )}
      {runModels && <InstanceMenu instance={instance} />}
      {runModels && (
        <Button
          aria-label={t('stopOf', { model: name })}
          disabled={stop.isPending || state === 'stopping'}
          onClick={halt}
        >
          <Square className="size-3 fill-current" aria-hidden />
          {stop.isPending || state === 'stopping'
            ? t('stopping')
            : instance.attached
              ? t('letGo')
              : t('stop')}
        </Button>
      )}
    </div>
  )
}

const quiet =
  'inline-flex h-8 items-center gap-1.5 rounded-sm px-2.5 font-medium text-ink-soft hover:bg-hover hover:text-ink touch:min-h-11'
