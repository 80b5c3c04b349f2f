import { Link } from '@tanstack/react-router'
import { ChevronRight } from 'lucide-react'
import type { ErrorInfo, Message, ModelInfo } from '@/api/types'
import { Button } from '@/components/button'
import type { MessageActions } from '@/features/chat/types'
import { useTranslations } from '@/i18n'
import { type Remedy, remediesOf } from './remedies'

interface ErrorCardProps {
  error: ErrorInfo
  message: Message
  actions: MessageActions
  models: ModelInfo[]
  /** Part of the answer stands above the card. */
  interrupted: boolean
}

/** What happened, what to do about it, and the buttons that do it. */
export function ErrorCard({ error, message, actions, models, interrupted }: ErrorCardProps) {
  const t = useTranslations('reply')
  const remedies = remediesOf(error, models, message.model, interrupted)
  return (
    <section
      aria-label={interrupted ? t('brokeOff') : t('failed')}
      className="my-2 rounded-md border border-bad/45 bg-bad-wash px-4 py-3 text-control"
    >
      <p className="break-words font-medium">{error.message}</p>
      {error.remedy && <p className="mt-0.5 break-words text-ink-soft">{error.remedy}</p>}
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
  first: boolean
  message: Message
  actions: MessageActions
}

const linkLook =
  'inline-flex h-8 items-center rounded-sm border border-line-strong bg-raised px-3 font-medium hover:bg-hover touch:min-h-11'

function RemedyButton({ remedy, first, message, actions }: RemedyButtonProps) {
  const t = useTranslations('reply')
  const look = first ? 'solid' : 'line'
  switch (remedy.kind) {
    case 'retry':
      return (
        <Button look={look} onClick={() => actions.regenerate(message)}>
          {t('retry')}
        </Button>
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
    case 'logs':
      return (
        <Link to="/models" className={linkLook}>
          {t('openLogs')}
        </Link>
      )
    case 'models':
      return (
        <Link to="/models" className={linkLook}>
          {t('openModels')}
        </Link>
      )
  }
}
