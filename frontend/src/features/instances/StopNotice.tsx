import { CircleAlert, CircleCheck, X } from 'lucide-react'
import { IconButton } from '@/components/button'
import { useLocale, useTranslations } from '@/i18n'
import { formatBytes, formatDuration } from '@/lib/format'
import { dismiss, type Stopped } from './reports'

/** What Stop achieved: processes gone, memory given back, time taken. */
export function StopNotice({ report: { runId, name, report } }: { report: Stopped }) {
  const t = useTranslations('instances')
  const locale = useLocale()
  const { survivors, memory_freed_bytes: own, gpu_memory_freed_bytes: gpu, took_ms: took } = report
  const freed = own + gpu
  const left = survivors.length > 0
  const facts = [
    left
      ? t('reportLeft', { count: survivors.length, pids: survivors.join(', ') })
      : t('reportGone'),
    freed > 0 && t('reportMemory', { memory: formatBytes(freed, locale) }),
    t('reportTook', { time: formatDuration(took, locale) }),
  ].filter(Boolean)
  const Icon = left ? CircleAlert : CircleCheck
  return (
    <section
      role="status"
      aria-label={t('report', { model: name })}
      className="mb-4 flex items-start gap-3 rounded-md border border-line bg-raised py-2.5 pr-2 pl-4"
    >
      <Icon className={left ? 'mt-1.5 size-4 text-bad' : 'mt-1.5 size-4 text-good'} aria-hidden />
      <div className="min-w-0 flex-1 py-1">
        <p className="font-medium">{t('report', { model: name })}</p>
        <p className="tabular text-ink-soft">{facts.join(' · ')}</p>
      </div>
      <IconButton label={t('dismiss')} onClick={() => dismiss(runId)}>
        <X className="size-4" aria-hidden />
      </IconButton>
    </section>
  )
}
