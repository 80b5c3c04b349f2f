import { useQuery } from '@tanstack/react-query'
import { instanceHistory } from '@/api/control/instances'
import type { Sample } from '@/api/control/types'
import { useLocale, useTranslations } from '@/i18n'
import { formatBytes, formatDuration, formatNumber } from '@/lib/format'
import { Sparkline } from './Sparkline'
import type { Point } from './sparkline'

const series = (samples: Sample[], of: (sample: Sample) => number | null): Point[] =>
  samples.map(sample => ({ at: Date.parse(sample.at), value: of(sample) }))

/** Speed, memory and queue of an instance over the time that the server remembers. */
export function Charts({
  runId,
  writes,
}: {
  runId: string /** It writes texts. */
  writes: boolean
}) {
  const t = useTranslations('instances')
  const locale = useLocale()
  const { data } = useQuery(instanceHistory(runId))
  if (!data || data.samples.length === 0) return null
  const { samples } = data
  const first = samples[0]
  const last = samples.at(-1)
  const span = first && last ? Date.parse(last.at) - Date.parse(first.at) : 0
  const bytes = (value: number) => formatBytes(value, locale)
  const gpu = samples.some(sample => sample.gpu_memory_bytes)
  return (
    <div className="mt-3">
      <div className="grid grid-cols-[repeat(auto-fit,minmax(min(13rem,100%),1fr))] gap-3">
        {writes && (
          <Sparkline
            name={t('chartSpeed')}
            points={series(samples, sample => sample.tokens_per_second)}
            show={value => t('speed', { speed: formatNumber(value, locale, 1) })}
          />
        )}
        <Sparkline
          name={gpu ? t('chartGpu') : t('chartMemory')}
          points={series(samples, sample => (gpu ? sample.gpu_memory_bytes : sample.memory_bytes))}
          show={bytes}
        />
        <Sparkline
          name={t('chartQueue')}
          points={series(samples, sample => sample.active + sample.queued)}
          show={value => t('requests', { count: value })}
        />
      </div>
      {span >= 1000 && (
        <p className="mt-1.5 text-ink-faint text-mini">
          {t('charts', { time: formatDuration(span, locale) })}
        </p>
      )}
    </div>
  )
}
