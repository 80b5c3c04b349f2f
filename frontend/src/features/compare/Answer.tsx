import { RefreshCw, Square, Trophy } from 'lucide-react'
import { useMemo } from 'react'
import type { Message, ModelInfo } from '@/api/types'
import { Button, IconButton } from '@/components/button'
import { CopyButton } from '@/components/copy-button'
import { useTranslations } from '@/i18n'
import { isWriting, type Live } from './live'

interface AnswerProps {
  message: Message
  name: string
  /** The model must not be told yet. */
  hidden: boolean
  won: boolean
  models: ModelInfo[]
  draw: Live['draw']
  onStop(): void
  onAgain(): void
  onGoOn(): void
}

const nobody: ModelInfo[] = []

/** One answer with what can be done about it. */
export function Answer(props: AnswerProps) {
  const { message, name, hidden, won, models, draw, onStop, onAgain, onGoOn } = props
  const t = useTranslations('compare')
  const told = useMemo(
    () => (hidden ? { ...message, model: name, metadata: {} } : message),
    [hidden, message, name],
  )
  return (
    <section aria-label={name} className="flex h-full flex-col">
      <div className="min-w-0 flex-1">{draw(told, hidden ? nobody : models)}</div>
      <div className="mt-2 flex flex-wrap items-center gap-1">
        {isWriting(message) ? (
          <Button aria-label={t('stop', { name })} onClick={onStop}>
            <Square aria-hidden className="size-3.5 fill-current" />
            {t('stopOne')}
          </Button>
        ) : (
          <>
            <Button aria-label={t('goOnWith', { name })} onClick={onGoOn}>
              {t('goOn')}
            </Button>
            {message.content && (
              <CopyButton label={t('copy', { name })} text={() => message.content} />
            )}
            <IconButton label={t('again', { name })} onClick={onAgain}>
              <RefreshCw className="size-4" aria-hidden />
            </IconButton>
          </>
        )}
        {won && <Trophy aria-label={t('won', { name })} className="ml-auto size-4 text-good" />}
      </div>
    </section>
  )
}
