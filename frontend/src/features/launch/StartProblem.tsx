import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { engineList } from '@/api/control/catalogue'
import type { CatalogVariant, StartRequest } from '@/api/control/types'
import { Button, buttonLook } from '@/components/button'
import { useLocale, useTranslations } from '@/i18n'
import { engineName } from '@/lib/engines'
import { formatNumber } from '@/lib/format'
import { Problem } from '../platform/States'
import type { Draft } from './LaunchForm'
import { contexts } from './remedies'
import type { Start } from './timeline'

interface StartProblemProps {
  start: Start
  variant: CatalogVariant
  /** Left out for those who may not start models: they are told what happened, and no more. */
  onAgain?: (body: StartRequest) => void
  onBack(): void
  onChange(change: Partial<Draft>): void
}

/** The engine's real error, and what may mend it. */
export function StartProblem(props: StartProblemProps) {
  const { start, variant, onAgain, onBack, onChange } = props
  const t = useTranslations('launch')
  const locale = useLocale()
  const { data: engines = [] } = useQuery(engineList())
  const error = start.error ?? { code: 'unknown', message: t('failed') }
  const used = start.instance?.engine ?? start.body?.engine_type
  const other = variant.engines.find(
    name => name !== used && engines.find(one => one.name === name)?.usable,
  )
  // A context that the engine chose itself is as often to blame as one that a person did.
  const context = start.instance?.context_length ?? start.body?.context_length ?? null
  const [half] = contexts(context ?? 0)
  const { body, download } = start
  if (!onAgain) return <Problem error={error} label={t('failed')} />
  return (
    <Problem error={error} label={t('failed')}>
      {body && (
        <Button look="solid" onClick={() => onAgain(body)}>
          {t('again')}
        </Button>
      )}
      {half && start.instance && (
        <Button onClick={() => onChange({ values: { context_length: String(half) } })}>
          {t('halfContext', { context: formatNumber(half, locale) })}
        </Button>
      )}
      {other && (
        <Button onClick={() => onChange({ engine: other })}>
          {t('useEngine', { engine: engineName(other) })}
        </Button>
      )}
      {download && !start.instance && (
        <Link to="/downloads" className={buttonLook('line')}>
          {t('downloads')}
        </Link>
      )}
      <Button onClick={onBack}>{t('options')}</Button>
    </Problem>
  )
}
