import type { Comparison, Outcome } from '@/api/comparisons'
import { useTranslations } from '@/i18n'
import { inARow } from '@/lib/format'
import { useShortcuts } from '@/lib/shortcuts'
import { Toggle } from '../platform/Form'
import { letterOf } from './letters'
import { isWriting } from './live'

interface VotesProps {
  shown: Comparison
  names: string[]
  disabled: boolean
  onVote(outcome: Outcome, place?: number): void
}

/** What is thought of the answers: by button, or by 1 to 4, T and B. */
export function Votes({ shown, names, disabled, onVote }: VotesProps) {
  const t = useTranslations('compare')
  const early = shown.answers.some(isWriting)
  const cast = (outcome: Outcome, place?: number) => {
    if (!early && !disabled) onVote(outcome, place)
  }
  useShortcuts([
    ...names.map((_, place) => ({
      key: String(place + 1),
      run: () => cast('winner', place),
    })),
    { key: 't', run: () => cast('tie') },
    { key: 'b', run: () => cast('bad') },
  ])
  return (
    <section aria-label={t('which')} className="mt-5">
      <div className="flex flex-wrap items-center gap-2">
        <h2 className="mr-1 font-medium">{t('which')}</h2>
        {names.map((name, place) => (
          <Toggle
            key={letterOf(place)}
            pressed={shown.winner === place}
            disabled={early || disabled}
            onClick={() => cast('winner', place)}
            aria-label={t('best', { name })}
            className="max-w-full disabled:cursor-not-allowed disabled:text-ink-faint"
          >
            <kbd aria-hidden className="touch:hidden font-sans text-ink-faint text-mini">
              {place + 1}
            </kbd>
            <span className="truncate">{name}</span>
          </Toggle>
        ))}
        {(['tie', 'bad'] as const).map(outcome => (
          <Toggle
            key={outcome}
            pressed={shown.outcome === outcome}
            disabled={early || disabled}
            onClick={() => cast(outcome)}
            className="disabled:cursor-not-allowed disabled:text-ink-faint"
          >
            {t(outcome)}
          </Toggle>
        ))}
      </div>
      <p role="status" className="mt-2 min-h-5 text-ink-soft">
        {shown.outcome && inARow(said(), t('change'))}
      </p>
    </section>
  )

  function said(): string {
    if (shown.outcome === 'tie') return t('tied')
    if (shown.outcome === 'bad') return t('allBad')
    return t('won', { name: names[shown.winner ?? 0] ?? '' })
  }
}
