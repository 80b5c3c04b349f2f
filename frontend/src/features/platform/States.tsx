import { ChevronRight } from 'lucide-react'
import type { ReactNode } from 'react'
import { ApiError, OfflineError } from '@/api/errors'
import type { ErrorInfo } from '@/api/types'
import { Button } from '@/components/button'
import { useTranslations } from '@/i18n'
import { told } from '@/i18n/errors'
import { cn } from '@/lib/cn'
import { useDelayed } from '@/lib/delayed'

interface EmptyProps {
  title: string
  note: string
  /** One way out. */
  children?: ReactNode
}

/** A room that has nothing to show yet: what it is for, and one button. */
export function Empty({ title, note, children }: EmptyProps) {
  return (
    <div className="mx-auto max-w-md py-16 text-center md:py-24">
      <h2 className="font-semibold text-title">{title}</h2>
      <p className="mt-1 text-ink-soft">{note}</p>
      {children && <div className="mt-5 flex justify-center">{children}</div>}
    </div>
  )
}

/** Grey shapes for what takes longer than a blink; nothing for what does not. */
export function Waiting({ pending, rows = 4 }: { pending: boolean; rows?: number }) {
  const shown = useDelayed(pending)
  const t = useTranslations('app')
  if (!shown) return null
  return (
    <div role="status" aria-label={t('loading')} className="flex flex-col gap-3">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <div key={row} className="rounded-md border border-line bg-raised p-4">
          <div className="h-4 w-40 animate-pulse rounded-full bg-hover" />
          <div className="mt-3 h-3 w-3/4 animate-pulse rounded-full bg-hover" />
        </div>
      ))}
    </div>
  )
}

interface FailureProps {
  error: unknown
  title: string
  onRetry(): void
}

/** Stands where something could not be loaded: why, and what to do. */
export function Failure({ error, title, onRetry }: FailureProps) {
  const t = useTranslations('platform')
  const common = useTranslations('common')
  const missing = error instanceof ApiError && (error.status === 404 || error.status === 405)
  const info = error instanceof ApiError && !missing ? error.info : null
  return (
    <div role="alert" className="rounded-md border border-line bg-raised p-5">
      <h2 className="font-semibold text-reading">{missing ? t('notBuilt') : title}</h2>
      {missing && <p className="mt-0.5 text-ink-soft">{t('notBuiltNote')}</p>}
      {error instanceof OfflineError && <p className="mt-0.5 text-ink-soft">{t('offlineNote')}</p>}
      {info && <Words error={info} />}
      <Button className="mt-4" onClick={onRetry}>
        {common('retry')}
      </Button>
    </div>
  )
}

/** What the server says of an error: what happened, what to do, and the engine's own words. */
function Words({ error, said }: { error: ErrorInfo; said?: string }) {
  const words = told(error)
  return (
    <>
      <p className="break-words font-medium">{words.message}</p>
      {words.remedy && <p className="mt-0.5 break-words text-ink-soft">{words.remedy}</p>}
      {words.said && <p className="mt-0.5 break-words text-ink-faint text-mini">{words.said}</p>}
      {error.detail && <LastWords text={error.detail} title={said} />}
    </>
  )
}

/** An engine's last words, folded. */
function LastWords({ text, title }: { text: string; title?: string }) {
  const t = useTranslations('platform')
  return (
    <details className="group/detail mt-1.5">
      <summary className="inline-flex min-h-6 cursor-pointer list-none items-center gap-1 text-ink-soft hover:text-ink touch:min-h-11">
        <ChevronRight
          aria-hidden
          className="size-4 transition-transform group-open/detail:rotate-90"
        />
        {title ?? t('lastWords')}
      </summary>
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region needs focus
        tabIndex={0}
        className="mt-1 max-h-48 overflow-auto whitespace-pre-wrap break-words rounded-sm bg-sunken px-3 py-2 font-mono text-mini"
      >
        {text}
      </pre>
    </details>
  )
}

interface ProblemProps {
  error: ErrorInfo
  label: string
  /** What the details are, where they are not an engine's last words. */
  said?: string
  /** Buttons that mend it. */
  children?: ReactNode
  className?: string
}

/** An error in its place, with what mends it. */
export function Problem({ error, label, said, children, className }: ProblemProps) {
  return (
    <section
      role="alert"
      aria-label={label}
      className={cn('rounded-md border border-bad/45 bg-bad-wash px-4 py-3', className)}
    >
      <Words error={error} said={said} />
      {children && <div className="mt-3 flex flex-wrap gap-2">{children}</div>}
    </section>
  )
}

/** Any failure as what the server would have said of it. */
export function infoOf(error: unknown, otherwise: string): ErrorInfo {
  if (error instanceof ApiError) return error.info
  return { code: 'unknown', message: otherwise }
}
