import { useMemo, useState } from 'react'
import { Chart } from '@/components/chart/Chart'
import { useFormatter, useLocale, useTranslations } from '@/i18n'
import { formatNumber } from '@/lib/format'
import type { Day } from './bars'

/** A bar for each day; what the pointer is at is said above. */
export function Bars({ days }: { days: Day[] }) {
  const t = useTranslations('adminUsage')
  const locale = useLocale()
  const format = useFormatter()
  const [at, setAt] = useState<number | null>(null)
  const times = useMemo(() => days.map(day => Date.parse(day.day)), [days])
  const values = useMemo(() => days.map(day => day.tokens), [days])
  const name = (time: number) =>
    format.dateTime(new Date(time), { day: 'numeric', month: 'short', timeZone: 'UTC' })
  const shown = days[at ?? days.length - 1]
  const first = times[0]
  const last = times.at(-1)
  if (!shown || first === undefined || last === undefined) return null
  return (
    <figure className="mb-6 rounded-md border border-line bg-raised p-4">
      <figcaption className="tabular flex flex-wrap justify-between gap-x-4 text-mini">
        <span className="text-ink-soft">{t('chart')}</span>
        <span>
          {t('chartSaid', {
            day: name(Date.parse(shown.day)),
            tokens: formatNumber(shown.tokens, locale),
            requests: shown.requests,
          })}
        </span>
      </figcaption>
      <Chart
        times={times}
        values={values}
        look="bars"
        height={168}
        axes={{ value: value => format.number(value, { notation: 'compact' }), time: name }}
        label={t('chartSummary', {
          from: name(first),
          to: name(last),
          most: formatNumber(Math.max(...values), locale),
        })}
        onAt={setAt}
      />
    </figure>
  )
}
