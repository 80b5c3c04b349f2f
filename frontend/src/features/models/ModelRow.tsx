import { Link } from '@tanstack/react-router'
import {
  Download as DownloadIcon,
  ExternalLink,
  Pause,
  Play,
  ScrollText,
  Square,
  X,
} from 'lucide-react'
import { useDownload, useStartModel, useStopModel } from '@/api/models'
import type { ModelInfo } from '@/api/types'
import { Button, IconButton } from '@/components/button'
import { Progress } from '@/components/progress'
import { StateDot } from '@/components/state-dot'
import { toast, toastError } from '@/components/toast'
import { useLocale, useTranslations } from '@/i18n'
import { inEnglish, toldShortly } from '@/i18n/errors'
import { formatBytes } from '@/lib/format'
import { setUi, useUi } from '@/lib/ui'
import { describe } from './filters'
import { factsOf, motionOf } from './words'

/** One model: what it is, what it is doing, and what can be done with it. */
interface ModelRowProps {
  model: ModelInfo
  /** False where the row above has said it of the same family. */
  described?: boolean
  onChat?(model: ModelInfo): void
}

export function ModelRow({ model, described = true, onChat }: ModelRowProps) {
  const t = useTranslations('models')
  const locale = useLocale()
  const facts = factsOf(model, t, locale)
  const fits = model.fit?.fits ?? true
  const away = model.state === 'not_downloaded' || model.state === 'downloading'
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3.5">
      <div className="min-w-0 flex-1 basis-52">
        <h3 className="flex items-center gap-2 font-medium text-reading leading-snug">
          {model.state !== 'not_downloaded' && <StateDot state={model.state} />}
          <span className="truncate">{model.name}</span>
          {model.official_url && (
            <a
              href={model.official_url}
              target="_blank"
              rel="noreferrer"
              aria-label={t('website', { model: model.name })}
              className="grid size-6 place-items-center rounded-sm text-ink-faint hover:bg-hover hover:text-ink touch:-m-2.5 touch:size-11"
            >
              <ExternalLink className="size-3.5" aria-hidden />
            </a>
          )}
        </h3>
        {described && model.description && (
          <p className="mt-0.5 text-ink-soft">{describe(model, locale)}</p>
        )}
        <p className="tabular mt-1 text-ink-faint text-mini">
          {facts.join(' · ')}
          {away && model.fit && (
            <span className={fits ? 'text-good' : 'text-bad'}>
              {' · '}
              {fits ? t('fits') : (inEnglish(model.fit.reason) ?? t('doesNotFit'))}
            </span>
          )}
        </p>
        <Motion model={model} />
        {model.error && (
          <p role="alert" className="mt-1.5 break-words text-bad">
            {toldShortly(model.error)}
          </p>
        )}
      </div>
      <div className="ml-auto flex items-center gap-1">
        <Actions model={model} onChat={onChat} />
      </div>
    </li>
  )
}

/** How far a download or a start has come. */
function Motion({ model }: { model: ModelInfo }) {
  const t = useTranslations('models')
  const locale = useLocale()
  const motion = motionOf(model, t, locale)
  if (!motion) return null
  return (
    <div className="mt-2 max-w-md">
      <Progress value={motion.share} label={motion.label} />
      <p className="tabular mt-1 text-ink-soft text-mini">{motion.text}</p>
    </div>
  )
}

function Actions({ model, onChat }: { model: ModelInfo; onChat?(model: ModelInfo): void }) {
  const t = useTranslations('models')
  const locale = useLocale()
  const download = useDownload()
  const start = useStartModel()
  const stop = useStopModel()
  const name = model.name

  if (model.state === 'downloading' && model.download) return <DownloadActions model={model} />
  if (model.state === 'not_downloaded') {
    return (
      <Button
        disabled={download.isPending}
        aria-label={t('downloadOf', { model: name })}
        onClick={() =>
          download.mutate(
            { kind: 'start', modelId: model.id },
            { onError: error => toastError(error, t('downloadFailed')) },
          )
        }
      >
        <DownloadIcon className="size-4 text-accent" aria-hidden />
        {model.size_bytes ? formatBytes(model.size_bytes, locale) : t('download')}
      </Button>
    )
  }
  const chat = model.kind === 'chat' && onChat && (
    <Link
      to="/"
      onClick={() => onChat(model)}
      aria-label={t('chatWith', { model: name })}
      className="-mr-3 inline-flex h-8 items-center rounded-sm px-3 font-medium text-accent hover:bg-hover touch:min-h-11"
    >
      {t('chat')}
    </Link>
  )
  if (model.state === 'stopped' || model.state === 'failed') {
    return (
      <>
        {model.run_id && <LogsButton model={model} />}
        <Button
          disabled={start.isPending}
          aria-label={t('startOf', { model: name })}
          onClick={() =>
            start.mutate(
              { model_id: model.id },
              { onError: error => toastError(error, t('startFailed')) },
            )
          }
        >
          <Play className="size-3.5" aria-hidden />
          {t('start')}
        </Button>
        {chat}
      </>
    )
  }
  const runId = model.run_id
  return (
    <>
      {runId && <LogsButton model={model} />}
      {runId && model.state !== 'stopping' && (
        <IconButton
          label={t('stopOf', { model: name })}
          disabled={stop.isPending}
          onClick={() =>
            stop.mutate(runId, {
              onError: error => toastError(error, t('stopFailed')),
              onSuccess: report =>
                toast({
                  title: t('stopped', {
                    model: name,
                    memory: formatBytes(report?.memory_freed_bytes ?? 0, locale),
                  }),
                }),
            })
          }
        >
          <Square className="size-3.5 fill-current" aria-hidden />
        </IconButton>
      )}
      {chat}
    </>
  )
}

/** Shows what the engine of a model has written. */
function LogsButton({ model }: { model: ModelInfo }) {
  const t = useTranslations('models')
  const open = useUi(ui => ui.drawer?.what === 'logs' && ui.drawer.model === model.id)
  return (
    <IconButton
      label={t('logsOf', { model: model.name })}
      aria-expanded={open}
      onClick={() => setUi({ drawer: open ? null : { what: 'logs', model: model.id } })}
    >
      <ScrollText className="size-4" aria-hidden />
    </IconButton>
  )
}

function DownloadActions({ model }: { model: ModelInfo }) {
  const t = useTranslations('models')
  const download = useDownload()
  const going = model.download
  if (!going) return null
  const paused = going.status === 'paused' || going.status === 'failed'
  const run = (kind: 'pause' | 'resume' | 'cancel') =>
    download.mutate(
      { kind, id: going.id },
      { onError: error => toastError(error, t('downloadFailed')) },
    )
  return (
    <>
      {paused ? (
        <IconButton label={t('resumeOf', { model: model.name })} onClick={() => run('resume')}>
          <Play className="size-4" aria-hidden />
        </IconButton>
      ) : (
        <IconButton label={t('pauseOf', { model: model.name })} onClick={() => run('pause')}>
          <Pause className="size-4" aria-hidden />
        </IconButton>
      )}
      <IconButton label={t('cancelOf', { model: model.name })} onClick={() => run('cancel')}>
        <X className="size-4" aria-hidden />
      </IconButton>
    </>
  )
}
