import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ChevronRight } from 'lucide-react'
import { useEffect, useState } from 'react'
import { contextLimits } from '@/api/models'
import { usePermissions } from '@/api/permissions'
import type { ErrorInfo, Message, ModelInfo } from '@/api/types'
import { Button, buttonLook } from '@/components/button'
import type { MessageActions } from '@/features/chat/types'
import { useLocale, useTranslations } from '@/i18n'
import { told } from '@/i18n/errors'
import { compact } from '../picker/names'
import { type Remedy, remediesOf } from './remedies'
import { wholeSeconds } from './wording'

interface ErrorCardProps {
  error: ErrorInfo
  message: Message
  actions: MessageActions
  models: ModelInfo[]
  /** Part of the answer stands above the card. */
  interrupted: boolean
  /** It stands in no chat. */
  bare?: boolean
}

/** What happened, what to do about it, and the buttons that do it. */
export function ErrorCard(props: ErrorCardProps) {
  const { error, message, actions, models, interrupted, bare } = props
  const t = useTranslations('reply')
  const tooLong = error.code === 'context_length_exceeded'
  const limits = useQuery({ ...contextLimits(), enabled: tooLong }).data
  const limit = limits?.get(message.model ?? '')
  const words = told(error)
  const may = usePermissions()
  const current = message.model
  const remedies = remediesOf(error, { models, current, interrupted, limit, may, bare })
  return (
    <section
      aria-label={interrupted ? t('brokeOff') : t('failed')}
      className="my-2 rounded-md border border-bad/45 bg-bad-wash px-4 py-3 text-control"
    >
      <p className="break-words font-medium">{words.message}</p>
      {words.remedy && <p className="mt-0.5 break-words text-ink-soft">{words.remedy}</p>}
      {words.said && <p className="mt-0.5 break-words text-ink-faint text-mini">{words.said}</p>}
      {error.detail && (
        <details className="group/detail mt-1.5">
          <summary className="inline-flex min-h-6 cursor-pointer list-none items-center gap-1 text-ink-soft hover:text-ink touch:min-h-11">
            <ChevronRight
              aria-hidden
              className="size-4 transition-transform group-open/detail:rotate-90"
            />
            {t('lastWords')}
          </summary>
          <pre className="mt-1 max-h-48 overflow-auto whitespace-pre-wrap break-words rounded-sm bg-sunken px-3 py-2 font-mono text-mini">
            {error.detail}
          </pre>
        </details>
      )}
      {remedies.length > 0 && (
        <div className="mt-3 flex flex-wrap gap-2">
          {remedies.map((remedy, index) => (
            <RemedyButton
              key={remedy.kind}
              remedy={remedy}
              error={error}
              first={index === 0}
              message={message}
              actions={actions}
            />
          ))}
        </div>
      )}
    </section>
  )
}

interface RemedyButtonProps {
  remedy: Remedy
  error: ErrorInfo
  first: boolean
  message: Message
  actions: MessageActions
}

const linkLook = buttonLook('line')

function RemedyButton({ remedy, error, first, message, actions }: RemedyButtonProps) {
  const t = useTranslations('reply')
  const look = first ? 'solid' : 'line'
  switch (remedy.kind) {
    case 'retry':
      return (
        <RetryButton
          look={look}
          after={retryAt(error, message)}
          onClick={() => actions.regenerate(message)}
        />
      )
    case 'continue':
      return (
        <Button look={look} onClick={() => actions.continue(message)}>
          {t('continue')}
        </Button>
      )
    case 'useModel':
      return (
        <Button look={look} onClick={() => actions.retryWith(message, remedy.model.id)}>
          {t('useModel', { model: remedy.model.name })}
        </Button>
      )
    case 'params':
      return (
        <Button look={look} onClick={() => actions.openDrawer('params')}>
          {t('openSettings')}
        </Button>
      )
    case 'longer':
      return (
        <RestartButton
          look={look}
          context={remedy.context}
          onClick={() => actions.restart(message, remedy.context)}
        />
      )
    case 'logs':
      return (
        <Button look={look} onClick={() => actions.openDrawer('logs', message)}>
          {t('openLogs')}
        </Button>
      )
    case 'models':
      return (
        <Link to="/models" className={linkLook}>
          {t('openModels')}
        </Link>
      )
  }
}

interface RestartButtonProps {
  look: 'solid' | 'line'
  context: number
  onClick(): Promise<void>
}

/** Starts the engine again with a longer context. */
function RestartButton({ look, context, onClick }: RestartButtonProps) {
  const t = useTranslations('reply')
  const locale = useLocale()
  const [busy, setBusy] = useState(false)
  const press = async () => {
    setBusy(true)
    await onClick()
    setBusy(false)
  }
  return (
    <Button look={look} disabled={busy} onClick={press}>
      {t('restartWith', { context: compact(context, locale) })}
    </Button>
  )
}

/** When the server said to come back, in epoch milliseconds; 0 where it said nothing. */
function retryAt(error: ErrorInfo, message: Message): number {
  const wait = error.retry_after
  return wait ? Date.parse(message.updated_at) + wait * 1000 : 0
}

interface RetryButtonProps {
  look: 'solid' | 'line'
  after: number
  onClick(): void
}

/** Counts down to when another try makes sense. */
function RetryButton({ look, after, onClick }: RetryButtonProps) {
  const t = useTranslations('reply')
  const locale = useLocale()
  const left = useSecondsUntil(after)
  return (
    <Button look={look} disabled={left > 0} onClick={onClick} className="tabular">
      {left > 0 ? t('retryIn', { time: wholeSeconds(left, locale) }) : t('retry')}
    </Button>
  )
}

function useSecondsUntil(at: number): number {
  const [now, setNow] = useState(Date.now)
  const left = Math.max(0, Math.ceil((at - now) / 1000))
  const running = left > 0
  useEffect(() => {
    if (!running) return
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [running])
  return left
}
