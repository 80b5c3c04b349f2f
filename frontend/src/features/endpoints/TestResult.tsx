import { CircleCheck } from 'lucide-react'
import type { EndpointTest } from '@/api/control/types'
import { useLocale, useTranslations } from '@/i18n'
import { formatDuration } from '@/lib/format'
import { infoOf, Problem } from '../platform/States'

/** How many names are shown: enough to see whether it is the right server. */
const most = 12

interface TestResultProps {
  result: EndpointTest | undefined
  /** Why the test itself failed, where nothing else says so. */
  error: Error | null
}

/** What a connection test found: models and time, or the error with its remedy. */
export function TestResult({ result, error }: TestResultProps) {
  const t = useTranslations('connection')
  const locale = useLocale()
  const problem = error
    ? infoOf(error, t('testFailed'))
    : result && !result.reachable
      ? (result.error ?? { code: 'unreachable', message: t('unreachable') })
      : null
  if (problem)
    return <Problem error={problem} label={t('unreachable')} said={t('details')} className="mt-3" />
  if (!result) return null
  const rest = result.models.length - most
  return (
    <div role="status" className="mt-3 rounded-sm bg-sunken px-3 py-2.5">
      <p className="tabular flex items-center gap-1.5 font-medium">
        <CircleCheck className="size-4 shrink-0 text-good" aria-hidden />
        {t('reachable', {
          count: result.models.length,
          time: result.took_ms === null ? '–' : formatDuration(result.took_ms, locale),
        })}
      </p>
      {result.models.length > 0 && (
        <p className="mt-1 break-words text-ink-soft">
          {result.models.slice(0, most).join(', ')}
          {rest > 0 && ` … +${rest}`}
        </p>
      )}
    </div>
  )
}

interface OutcomeProps {
  test: { data: EndpointTest | undefined; error: Error | null }
  /** Why it was not saved, and what says so where the server does not. */
  notSaved: Error | null
  failed: string
}

/** What came of trying a connection and of saving it. */
export function Outcome({ test, notSaved, failed }: OutcomeProps) {
  return (
    <>
      <TestResult result={test.data} error={test.error} />
      {notSaved && <Problem error={infoOf(notSaved, failed)} label={failed} />}
    </>
  )
}
