import { useState } from 'react'
import { Chart } from '@/components/chart/Chart'
import { useFormatter, useTranslations } from '@/i18n'

interface MeasuredProps {
  name: string
  /** Milliseconds since the epoch, rising. */
  times: number[]
  /** One for each time; null where nothing was measured. */
  values: (number | null)[]
  /** A value in words, with its unit. */
  show(value: number): string
}

/** A line of what has been: its name and last value above; what the pointer is at, instead. */
export function Measured({ name, times, values, show }: MeasuredProps) {
  const t = useTranslations('instances')
  const format = useFormatter()
  const [at, setAt] = useState<number | null>(null)
  const measured = values.filter(value => value !== null)
  const now = values.at(-1) ?? null
  const said =
    measured.length === 0
      ? t('chartNothing', { name })
      : t('chartNow', {
          name,
          now: now === null ? '–' : show(now),
          highest: show(Math.max(...measured)),
        })
  const time = at === null ? undefined : times[at]
  const value = at === null ? now : (values[at] ?? null)
  return (
    <figure className="rounded-sm bg-sunken px-3 pt-2 pb-2.5">
      <figcaption className="tabular mb-1.5 flex justify-between gap-3 text-mini">
        <span className="truncate text-ink-soft">{name}</span>
        <span className="shrink-0">
          {time !== undefined && (
            <span className="mr-1.5 text-ink-faint">
              {format.dateTime(new Date(time), {
                hour: '2-digit',
                minute: '2-digit',
                second: '2-digit',
              })}
            </span>
          )}
          {value === null ? (
            <span className="text-ink-faint">{measured.length === 0 ? t('noChart') : '–'}</span>
          ) : (
            <span className="font-medium">{show(value)}</span>
          )}
        </span>
      </figcaption>
      <Chart times={times} values={values} look="line" height={44} label={said} onAt={setAt} />
    </figure>
  )
}
