import { Tip } from '@/components/tip'
import { useLocale, useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { formatNumber } from '@/lib/format'
import { compact } from '../picker/names'
import type { ContextUse } from './useContextCount'

const circumference = 2 * Math.PI * 6

/** A ring that fills as the conversation fills the model's context. */
export function Gauge({ use }: { use: ContextUse }) {
  const t = useTranslations('composer')
  const locale = useLocale()
  const used = formatNumber(use.used, locale)
  const share = use.total ? Math.min(1, use.used / use.total) : 0
  const over = use.total !== null && use.used > use.total
  const words = use.total
    ? t(use.exact ? 'gaugeExact' : 'gaugeEstimate', {
        used,
        total: formatNumber(use.total, locale),
      })
    : t(use.exact ? 'gaugeUsed' : 'gaugeUsedEstimate', { used })
  const tools = use.counted?.tools ?? 0
  const colour = over ? 'text-bad' : share > 0.85 ? 'text-live' : 'text-accent'
  return (
    <Tip
      side="top"
      label={
        <>
          <span className="tabular block">{words}</span>
          <span className="block opacity-70">
            {t(use.exact ? 'gaugeExactHint' : 'gaugeEstimateHint')}
          </span>
          {tools > 0 && (
            <span className="block opacity-70">{t('gaugeTools', { count: tools })}</span>
          )}
        </>
      }
    >
      <button
        type="button"
        aria-label={`${t('gauge')}: ${words}`}
        // a phone's row is narrow: the model's name is worth more there, until it fills
        className={cn(
          share < 0.5 && 'max-md:hidden',
          'tabular flex h-8 shrink-0 items-center gap-1.5 rounded-sm px-1.5 text-ink-faint text-mini hover:text-ink-soft touch:min-h-11',
        )}
      >
        <svg viewBox="0 0 16 16" className="-rotate-90 size-4" aria-hidden>
          <circle cx="8" cy="8" r="6" fill="none" strokeWidth="2" className="stroke-line-strong" />
          <circle
            cx="8"
            cy="8"
            r="6"
            fill="none"
            strokeWidth="2"
            stroke="currentColor"
            strokeDasharray={`${circumference * share} ${circumference}`}
            className={colour}
          />
        </svg>
        <span className={cn('max-md:hidden', over && 'text-bad')}>
          {!use.exact && '≈ '}
          {compact(use.used, locale)}
          {use.total !== null && ` / ${compact(use.total, locale)}`}
        </span>
      </button>
    </Tip>
  )
}
