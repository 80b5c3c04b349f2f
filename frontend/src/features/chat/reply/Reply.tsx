import { memo, useMemo } from 'react'
import type { Message } from '@/api/types'
import { Button } from '@/components/button'
import { Mark } from '@/components/mark'
import { StateDot } from '@/components/state-dot'
import { useLiveGeneration } from '@/features/chat/live'
import { findModel } from '@/features/chat/picker/names'
import type { ReplyProps } from '@/features/chat/types'
import { ConnectButton } from '@/features/tools/login'
import { useLocale, useTranslations } from '@/i18n'
import { toldWords } from '@/i18n/errors'
import { cn } from '@/lib/cn'
import { formatDuration } from '@/lib/format'
import { useAnnounced } from './announcer'
import { BranchPicker } from './BranchPicker'
import { ErrorCard } from './ErrorCard'
import { FileView } from './Files'
import { LiveSpeed } from './LiveSpeed'
import { Markdown } from './Markdown'
import { Readout } from './Readout'
import { ReplyActions } from './ReplyActions'
import { StatusLine } from './StatusLine'
import { judgementOf, Structured } from './Structured'
import { Thinking } from './Thinking'
import { ToolCall } from './ToolCall'
import { type Piece, type ReplyView, textOf, viewOf } from './view'
import { statusWords } from './wording'

/** A model's reply, from the first sign of life to its figures. */
export const Reply = memo(function Reply({
  message,
  actions,
  last,
  bare = false,
  models,
}: ReplyProps) {
  const t = useTranslations('reply')
  const locale = useLocale()
  const live = useLiveGeneration(message.generation_id)
  const view = useMemo(() => viewOf(message, live), [message, live])
  const model = findModel(models, message.model)
  const name = model?.name ?? message.model ?? t('unknownModel')
  const words = statusWords(view.status, name, t, locale)
  useAnnounced(view, last, words.text)
  const judgement = judgementOf(message.metadata)
  const going = view.state === 'waiting' || view.state === 'writing'
  return (
    <article aria-label={t('answerBy', { model: name })} aria-busy={going} className="group/reply">
      <header className="mb-1 flex min-h-7 items-center gap-2 text-control">
        <Mark turning={going} className={cn('size-4', going ? 'text-live' : 'text-ink-faint')} />
        <h2 className="min-w-0 truncate font-medium">{name}</h2>
        {model && <StateDot state={model.state} />}
        {!bare && <BranchPicker message={message} onShow={actions.showSibling} />}
      </header>
      <Missing message={message} />
      {view.pieces.map((piece, index) =>
        judgement && !going && piece.type === 'text' ? (
          <Structured
            // biome-ignore lint/suspicious/noArrayIndexKey: pieces only ever come after one another
            key={index}
            id={`${message.id}-${index}`}
            text={piece.text}
            judgement={judgement}
          />
        ) : (
          <PieceView
            // biome-ignore lint/suspicious/noArrayIndexKey: pieces only ever come after one another
            key={index}
            piece={piece}
            id={`${message.id}-${index}`}
            finished={!going}
            generationId={going ? message.generation_id : null}
          />
        ),
      )}
      {view.state === 'waiting' && (
        <StatusLine words={view.stopping ? { text: t('stopping'), share: null } : words} />
      )}
      <Ending view={view} locale={locale} onContinue={() => actions.continue(message)} />
      {view.error && (view.state === 'error' || view.state === 'interrupted') && (
        <ErrorCard
          error={view.error}
          message={message}
          actions={actions}
          models={models}
          interrupted={view.state === 'interrupted'}
          bare={bare}
        />
      )}
      {going ? (
        // As high as what takes its place, so that nothing moves when the reply ends.
        <footer className="mt-1 flex min-h-8 items-start pt-1.5 touch:min-h-11 touch:max-md:min-h-18.5">
          {view.state === 'writing' && message.generation_id && (
            <LiveSpeed generationId={message.generation_id} />
          )}
        </footer>
      ) : (
        <footer className="mt-1 flex min-h-8 flex-wrap items-center gap-x-1">
          <Readout message={message} view={view} engine={model?.engine ?? null} />
          {!bare && (
            <div
              className={cn(
                '-ml-2 flex items-center transition-opacity touch:max-md:-ml-3.5',
                !last &&
                  'opacity-0 focus-within:opacity-100 group-hover/reply:opacity-100 touch:opacity-100 has-data-[state=open]:opacity-100',
              )}
            >
              <ReplyActions
                message={message}
                actions={actions}
                models={models}
                text={textOf(view)}
                continuable={view.state === 'stopped' || view.finishReason === 'length'}
              />
            </div>
          )}
        </footer>
      )}
    </article>
  )
})

/** Which tools it had to do without. */
function Missing({ message }: { message: Message }) {
  const t = useTranslations('tools')
  const problems = message.metadata.tool_problems
  if (!Array.isArray(problems)) return null
  return problems.map(({ server, error, login, sentence, values }) => (
    <div key={String(server)} className="flex flex-wrap items-center gap-2 text-control">
      <p className="text-ink-soft">
        {t('missing', {
          server: String(server),
          error: toldWords({ message: String(error), sentence, values }),
        })}
      </p>
      {typeof login === 'string' && <ConnectButton server={login} again />}
    </div>
  ))
}

interface PieceViewProps {
  piece: Piece
  id: string
  finished: boolean
  /** The run that writes it, while it does. */
  generationId: string | null
}

function PieceView({ piece, id, finished, generationId }: PieceViewProps) {
  switch (piece.type) {
    case 'thinking':
      return <Thinking piece={piece} id={id} />
    case 'tool_use':
      return <ToolCall piece={piece} generationId={generationId} />
    case 'image':
      return <Markdown text={`![](<${piece.url}>)`} finished id={id} />
    case 'file':
      return <FileView file={piece.file} />
    case 'text':
      return <Markdown text={piece.text} finished={finished || !piece.open} id={id} />
  }
}

interface EndingProps {
  view: ReplyView
  locale: string
  onContinue(): void
}

/** How a reply ended, where that needs a word. */
function Ending({ view, locale, onContinue }: EndingProps) {
  const t = useTranslations('reply')
  if (view.state === 'writing' && view.stopping) {
    return <p className="mt-2 text-control text-ink-soft">{t('stopping')}</p>
  }
  if (view.state === 'stopped') {
    const free = view.stopMs
    return (
      <p className="tabular mt-2 text-control text-ink-soft">
        {free === null ? t('stopped') : t('stoppedFree', { time: formatDuration(free, locale) })}
      </p>
    )
  }
  if (view.state === 'interrupted') {
    // The error card below says the rest, and has the button.
    if (view.error) return <div className="mt-3 mb-3 border-line-strong border-t border-dashed" />
    return (
      <div className="mt-3 flex flex-wrap items-center gap-3 border-line-strong border-t border-dashed pt-3 text-control">
        <span className="text-ink-soft">{t('interrupted')}</span>
        <Button look="solid" onClick={onContinue}>
          {t('continue')}
        </Button>
      </div>
    )
  }
  if (view.state !== 'complete') return null
  if (view.finishReason === 'length') {
    return <p className="mt-2 text-control text-ink-soft">{t('cutByLength')}</p>
  }
  if (view.pieces.length === 0) return <p className="text-ink-soft">{t('empty')}</p>
  return null
}
