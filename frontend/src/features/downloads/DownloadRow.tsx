import { Link } from '@tanstack/react-router'
import { ChevronRight, Pause, Play, X } from 'lucide-react'
import type { DownloadFile, Transfer } from '@/api/control/types'
import { type DownloadCommand, useDownload } from '@/api/models'
import { usePermissions } from '@/api/permissions'
import { Button, buttonLook, IconButton } from '@/components/button'
import { Progress } from '@/components/progress'
import { toastError } from '@/components/toast'
import { useLocale, useTranslations } from '@/i18n'
import { formatBytes, formatDuration, formatPercent } from '@/lib/format'
import { Problem } from '../platform/States'

interface DownloadRowProps {
  transfer: Transfer
  name: string
  /** Of the catalogue; null where it does not know the model any more. */
  modelId: string | null
}

/** One download: how far it is, what it waits for, and what can be done. */
export function DownloadRow({ transfer, name, modelId }: DownloadRowProps) {
  const t = useTranslations('downloads')
  const download = useDownload()
  const { id, status, bytes_done: done, bytes_total: total, error } = transfer
  const run = (kind: Exclude<DownloadCommand['kind'], 'start'>) =>
    download.mutate({ kind, id }, { onError: failed => toastError(failed, t('failed')) })
  const { runModels } = usePermissions()
  const complete = status === 'complete'
  const resting = status === 'paused' || status === 'failed'
  return (
    <li className="rounded-md border border-line bg-raised px-4 py-3.5">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <div className="min-w-0 flex-1 basis-52">
          <h3 className="truncate font-semibold text-reading leading-snug">{name}</h3>
          <p className="truncate text-ink-faint text-mini">
            {t('source', { repo: transfer.repo })}
          </p>
        </div>
        {runModels && (
          <div className="ml-auto flex items-center gap-1">
            {complete && modelId && (
              <Link to="/models/$modelId" params={{ modelId }} className={buttonLook('line')}>
                {t('launch')}
              </Link>
            )}
            {status === 'failed' && !error && (
              <Button onClick={() => run('resume')}>{t('retry')}</Button>
            )}
            {status === 'paused' && (
              <IconButton label={t('resume', { model: name })} onClick={() => run('resume')}>
                <Play className="size-4" aria-hidden />
              </IconButton>
            )}
            {!complete && !resting && status !== 'verifying' && (
              <IconButton label={t('pause', { model: name })} onClick={() => run('pause')}>
                <Pause className="size-4" aria-hidden />
              </IconButton>
            )}
            {!complete && (
              <IconButton label={t('cancel', { model: name })} onClick={() => run('cancel')}>
                <X className="size-4" aria-hidden />
              </IconButton>
            )}
          </div>
        )}
      </div>
      {!complete && (
        <Progress
          value={total ? done / total : null}
          label={t('progress', { model: name })}
          className="mt-3"
        />
      )}
      <Facts transfer={transfer} />
      {error && status === 'failed' && (
        <Problem error={error} label={name} said={t('detail')} className="mt-3">
          {runModels && (
            <Button look="solid" onClick={() => run('resume')}>
              {t('retry')}
            </Button>
          )}
        </Problem>
      )}
      <Files files={transfer.files ?? []} />
    </li>
  )
}

function Facts({ transfer }: { transfer: Transfer }) {
  const t = useTranslations('downloads')
  const platform = useTranslations('platform')
  const locale = useLocale()
  const { status, bytes_done: done, bytes_total: total, rate, eta_seconds: eta } = transfer
  const facts: string[] = [t(`status.${status}`)]
  if (status === 'complete') facts.push(formatBytes(total ?? done, locale))
  else if (total) {
    facts.push(formatPercent(done / total, locale))
    facts.push(
      platform('ofTotal', { done: formatBytes(done, locale), total: formatBytes(total, locale) }),
    )
  }
  if (status === 'running' && rate) {
    facts.push(platform('rate', { rate: formatBytes(rate, locale) }))
  }
  if (status === 'running' && eta) {
    facts.push(platform('left', { time: formatDuration(Math.max(1, eta) * 1000, locale) }))
  }
  return <p className="tabular mt-1.5 text-ink-soft text-mini">{facts.join(' · ')}</p>
}

/** The files of one download, folded. */
function Files({ files }: { files: DownloadFile[] }) {
  const t = useTranslations('downloads')
  const platform = useTranslations('platform')
  const locale = useLocale()
  if (files.length < 2) return null
  return (
    <details className="group mt-1">
      <summary className="-ml-1 inline-flex min-h-7 cursor-pointer list-none items-center gap-1 text-ink-soft hover:text-ink touch:min-h-11">
        <ChevronRight aria-hidden className="size-4 transition-transform group-open:rotate-90" />
        {t('files', { count: files.length })}
      </summary>
      <ul className="mt-1 flex flex-col gap-1.5 pl-4">
        {files.map(file => {
          const { bytes_done: done, bytes_total: total } = file
          return (
            <li key={file.file} className="tabular text-mini">
              <div className="flex flex-wrap justify-between gap-x-3">
                <span className="break-all font-mono">{file.file}</span>
                <span className="text-ink-soft">
                  {total
                    ? platform('ofTotal', {
                        done: formatBytes(done, locale),
                        total: formatBytes(total, locale),
                      })
                    : formatBytes(done, locale)}
                </span>
              </div>
              <Progress
                value={total ? done / total : null}
                label={file.file}
                className="mt-0.5 h-0.5"
              />
            </li>
          )
        })}
      </ul>
    </details>
  )
}
