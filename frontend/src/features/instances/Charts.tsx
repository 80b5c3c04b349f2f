import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { instanceHistory } from '@/api/control/instances'
import type { Sample } from '@/api/control/types'
import { useLocale, useTranslations } from '@/i18n'
import { formatBytes, formatDuration, formatNumber } from '@/lib/format'
import { Measured } from './Measured'

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
  const lines = useMemo(() => linesOf(data?.samples ?? []), [data])
  if (lines.times.length === 0) return null
  const { times, speed, gpu, memory, queue } = lines
  const span = (times.at(-1) ?? 0) - (times[0] ?? 0)
  return (
    <div className="mt-3">
      <div className="grid grid-cols-[repeat(auto-fit,minmax(min(13rem,100%),1fr))] gap-3">
        {writes && (
          <Measured
            name={t('chartSpeed')}
            times={times}
            values={speed}
            show={value => t('speed', { speed: formatNumber(value, locale, 1) })}
          />
        )}
        <Measured
          name={gpu ? t('chartGpu') : t('chartMemory')}
          times={times}
          values={memory}
          show={value => formatBytes(value, locale)}
        />
        <Measured
          name={t('chartQueue')}
          times={times}
          values={queue}
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

function linesOf(samples: Sample[]) {
  const gpu = samples.some(sample => sample.gpu_memory_bytes)
  return {
    times: samples.map(sample => Date.parse(sample.at)),
    speed: samples.map(sample => sample.tokens_per_second),
    gpu,
    memory: samples.map(sample => (gpu ? sample.gpu_memory_bytes : sample.memory_bytes)),
    queue: samples.map(sample => sample.active + sample.queued),
  }
}
