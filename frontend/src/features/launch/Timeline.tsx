import { Link } from '@tanstack/react-router'
import { Check, X } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { CatalogModel, CatalogVariant, StartRequest } from '@/api/control/types'
import { Button, buttonLook } from '@/components/button'
import { Progress } from '@/components/progress'
import { useLocale, useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { engineName } from '@/lib/engines'
import { formatBytes, formatDuration, formatPercent } from '@/lib/format'
import type { Draft } from './LaunchForm'
import { StartProblem } from './StartProblem'
import { isOver, type Line, type Start, timelineOf } from './timeline'

interface TimelineProps {
  start: Start
  variant: CatalogVariant
  model: CatalogModel
  /** Left out for those who may not start models. */
  onAgain?: (body: StartRequest) => void
  /** Back to the form as it was. */
  onBack(): void
  /** Back to the form with something changed. */
  onChange(change: Partial<Draft>): void
  onChat(variant: string): void
}

/** How a start comes along, step by step, to its end. */
export function Timeline(props: TimelineProps) {
  const { start, onBack, onChat } = props
  const t = useTranslations('launch')
  const lines = timelineOf(start)
  const over = isOver(start)
  const instance = start.instance
  return (
    <div className="flex flex-col gap-5">
      <p className="text-ink-soft">
        {start.name}
        {instance && ` · ${engineName(instance.engine)}`}
      </p>
      <ol aria-label={t('timeline')} className="flex flex-col">
        {lines.map((line, at) => (
          <StepLine key={line.step} line={line} start={start} last={at === lines.length - 1} />
        ))}
      </ol>
      {start.step === 'error' && <StartProblem {...props} />}
      {!over && <p className="text-ink-faint text-mini">{t('closeNote')}</p>}
      {start.step === 'ready' && instance && (
        <div className="flex flex-wrap gap-2">
          {props.model.kind === 'chat' && (
            <Link to="/" className={buttonLook('solid')} onClick={() => onChat(start.variant)}>
              {t('chat')}
            </Link>
          )}
          <Link
            to="/playground/$runId"
            params={{ runId: instance.run_id }}
            className={buttonLook('line')}
          >
            {t('playground')}
          </Link>
          <Link to="/running" className={buttonLook('line')}>
            {t('details')}
          </Link>
          {props.onAgain && (
            <Button look="plain" onClick={onBack}>
              {t('newStart')}
            </Button>
          )}
        </div>
      )}
    </div>
  )
}

interface StepLineProps {
  line: Line
  start: Start
  last: boolean
}

const stateWords = {
  done: 'stepDone',
  now: 'stepNow',
  failed: 'stepFailed',
  todo: 'stepTodo',
} as const

function StepLine({ line, start, last }: StepLineProps) {
  const t = useTranslations('launch')
  const locale = useLocale()
  const detail = useDetail(line, start)
  const elapsed = useElapsed(line, start)
  const shown = line.state === 'now' ? elapsed : line.tookMs
  return (
    <li
      aria-current={line.state === 'now' ? 'step' : undefined}
      data-step={line.step}
      data-state={line.state}
      className="relative flex gap-3 pb-4 last:pb-0"
    >
      {!last && (
        <span aria-hidden className="absolute top-6 bottom-0 left-[9px] w-px bg-line-strong" />
      )}
      <Bullet state={line.state} />
      <div className="min-w-0 flex-1">
        <div className="flex items-baseline justify-between gap-3">
          <span
            className={cn(
              line.state === 'todo' ? 'text-ink-faint' : 'font-medium',
              line.state === 'failed' && 'text-bad',
            )}
          >
            {t(`steps.${line.step}`)}
            <span className="sr-only">, {t(stateWords[line.state])}</span>
          </span>
          {shown !== null && line.step !== 'ready' && (
            <span className="tabular text-ink-faint text-mini">
              {formatDuration(shown, locale)}
            </span>
          )}
        </div>
        {detail && <p className="tabular mt-0.5 break-words text-ink-soft">{detail}</p>}
        {line.state === 'now' && (line.step === 'download' || line.step === 'load') && (
          <Progress value={line.share} label={t(`steps.${line.step}`)} className="mt-1.5" />
        )}
      </div>
    </li>
  )
}

function Bullet({ state }: { state: Line['state'] }) {
  const look = {
    done: 'bg-good text-ground',
    now: 'border-2 border-live',
    failed: 'bg-bad text-bad-ink',
    todo: 'border border-line-strong',
  }[state]
  return (
    <span
      aria-hidden
      className={cn('mt-px grid size-[19px] shrink-0 place-items-center rounded-full', look)}
    >
      {state === 'done' && <Check className="size-3" strokeWidth={3} />}
      {state === 'failed' && <X className="size-3" strokeWidth={3} />}
      {state === 'now' && <span className="size-2 animate-pulse rounded-full bg-live" />}
    </span>
  )
}

/** What is known of a step, in words. */
function useDetail({ step, state }: Line, start: Start): string | null {
  const t = useTranslations('launch')
  const platform = useTranslations('platform')
  const locale = useLocale()
  const amount = (done: number, total: number) =>
    platform('ofTotal', { done: formatBytes(done, locale), total: formatBytes(total, locale) })
  const left = (seconds: number) =>
    platform('left', { time: formatDuration(Math.max(1, Math.round(seconds)) * 1000, locale) })
  if (step === 'download' && start.download) {
    const { download } = start
    if (state === 'done') return formatBytes(download.bytes_total ?? download.bytes_done, locale)
    const words: string[] = []
    if (download.bytes_total) words.push(amount(download.bytes_done, download.bytes_total))
    if (download.status === 'verifying') words.push(t('verifying'))
    else if (download.status === 'queued') words.push(t('queued'))
    else if (download.status === 'paused') words.push(t('paused'))
    else {
      if (download.rate) {
        words.push(platform('rate', { rate: formatBytes(download.rate, locale) }))
      }
      if (download.eta_seconds) words.push(left(download.eta_seconds))
    }
    return words.join(' · ')
  }
  if (step === 'load' && state === 'now') {
    const loading = start.instance?.loading
    const words: string[] = []
    if (loading?.progress != null) words.push(formatPercent(loading.progress, locale))
    if (loading?.bytes_done != null && loading.bytes_total) {
      words.push(amount(loading.bytes_done, loading.bytes_total))
    }
    if (loading?.eta_seconds) words.push(left(loading.eta_seconds))
    return words.join(' · ') || null
  }
  if (step === 'ready' && state === 'done' && start.reached.ready) {
    return t('readyIn', { time: formatDuration(start.reached.ready - start.begunAt, locale) })
  }
  return null
}

/** How long the step that is going on has taken so far; null where nobody saw it begin. */
function useElapsed({ step, state }: Line, start: Start): number | null {
  const from = start.reached[step]
  const going = state === 'now' && from !== undefined
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    if (!going) return
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [going])
  const passed = going ? now - from : 0
  return passed >= 1000 ? passed : null
}
