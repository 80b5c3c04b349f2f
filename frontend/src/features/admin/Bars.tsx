import { useState } from 'react'
import { useFormatter, useLocale, useTranslations } from '@/i18n'
import { formatNumber } from '@/lib/format'
import type { Day } from './bars'

/** A bar for each day; what the pointer is at is said above. */
export function Bars({ days }: { days: Day[] }) {
  const t = useTranslations('adminUsage')
  const locale = useLocale()
  const format = useFormatter()
  const [at, setAt] = useState<Day | null>(null)
  const most = Math.max(1, ...days.map(day => day.tokens))
  const name = (day: string) =>
    format.dateTime(new Date(`${day}T12:00:00Z`), { day: 'numeric', month: 'short' })
  const shown = at ?? days.at(-1)
  const first = days[0]
  const last = days.at(-1)
  if (!first || !last || !shown) return null
  return (
    <figure className="mb-6 rounded-md border border-line bg-raised p-4">
      <figcaption className="tabular flex flex-wrap justify-between gap-x-4 text-mini">
        <span className="text-ink-soft">{t('chart')}</span>
        <span>
          {t('chartSaid', {
            day: name(shown.day),
            tokens: formatNumber(shown.tokens, locale),
            requests: shown.requests,
          })}
        </span>
      </figcaption>
      <div
        role="img"
        aria-label={t('chartSummary', {
          from: name(first.day),
          to: name(last.day),
          most: formatNumber(most, locale),
        })}
        className="mt-3 flex h-36 items-end gap-px border-line-strong border-b"
        onPointerLeave={() => setAt(null)}
      >
        {days.map(day => (
          <div
            key={day.day}
            className="group flex h-full min-w-0 flex-1 items-end"
            onPointerEnter={() => setAt(day)}
          >
            <div
              className="w-full rounded-t-[2px] bg-accent/75 transition-colors group-hover:bg-accent"
              style={{ height: day.tokens ? `max(2px, ${(day.tokens / most) * 100}%)` : 0 }}
            />
          </div>
        ))}
      </div>
      <div aria-hidden className="mt-1 flex justify-between text-ink-faint text-mini">
        <span>{name(first.day)}</span>
        <span>{name(last.day)}</span>
      </div>
    </figure>
  )
}
