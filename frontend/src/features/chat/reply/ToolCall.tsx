import { ChevronRight, Wrench } from 'lucide-react'
import { memo, useEffect, useState } from 'react'
import { decideCall, type Verdict } from '@/api/tools'
import type { CallInfo, ToolOutput } from '@/api/types'
import { Button } from '@/components/button'
import { fieldLook } from '@/components/field'
import { toastError } from '@/components/toast'
import { ConnectButton } from '@/features/tools/login'
import { useLocale, useTranslations } from '@/i18n'
import { toldWords } from '@/i18n/errors'
import { cn } from '@/lib/cn'
import { formatDuration, formatPercent } from '@/lib/format'
import { useShortcuts } from '@/lib/shortcuts'
import { announce } from './announcer'
import { ToolQuestion } from './ToolQuestion'
import type { Piece } from './view'

/** JSON with line breaks where it is JSON already. */
function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

interface ToolCallProps {
  piece: Piece & { type: 'tool_use' }
  /** The run that writes the reply, while it does: only then can a call be allowed. */
  generationId: string | null
}

/** A call of a tool, folded to one line: what was called, with what, and what came of it. */
export const ToolCall = memo(function ToolCall({ piece, generationId }: ToolCallProps) {
  const t = useTranslations('tools')
  const locale = useLocale()
  const { call } = piece
  const name = call?.title ?? call?.tool ?? piece.name
  const question = generationId !== null && call?.state === 'running' ? call.question : null
  const asked = (call?.state === 'waiting' && generationId !== null) || question !== null
  const [unfolded, setUnfolded] = useState(false)
  const wish = question ? t('asks', { server: call?.server ?? name }) : t('asked', { name })
  useEffect(() => {
    if (asked) announce(wish)
  }, [asked, wish])
  return (
    <details
      open={unfolded || asked}
      onToggle={event => setUnfolded(event.currentTarget.open && !asked)}
      className={cn(
        'group/tool my-2 rounded-md border text-control',
        asked ? 'border-live' : 'border-line',
      )}
    >
      <summary className="flex min-h-9 cursor-pointer list-none items-center gap-2 rounded-md px-3 py-1 text-ink-soft touch:min-h-11">
        <Wrench aria-hidden className="size-4 shrink-0" />
        <span className="min-w-0 truncate">
          <span className="font-medium text-ink">{name}</span>
          {call?.server && (
            <span className="max-sm:hidden"> {t('of', { server: call.server })}</span>
          )}
        </span>
        <span className="ml-auto shrink-0">
          <StateWord piece={piece} asked={asked} locale={locale} />
        </span>
        <ChevronRight
          aria-hidden
          className="size-4 shrink-0 transition-transform group-open/tool:rotate-90"
        />
      </summary>
      <div className="border-line border-t px-3 py-2">
        {call?.tool && call.title && (
          <p className="break-all pb-1 font-mono text-ink-faint text-mini">{call.tool}</p>
        )}
        <p className="text-ink-faint text-mini">{t('arguments')}</p>
        <Lines text={pretty(piece.text || '{}')} />
        {call && <Outcome call={call} name={name} />}
        {generationId !== null && call?.state === 'waiting' && (
          <Approval generationId={generationId} callId={piece.id} note={call.note} />
        )}
        {call?.login && (
          <div className="pt-3">
            <ConnectButton server={call.login} again />
          </div>
        )}
        {generationId !== null && question && (
          <ToolQuestion
            key={question.id}
            generationId={generationId}
            server={call?.server ?? name}
            question={question}
          />
        )}
      </div>
    </details>
  )
})

function StateWord({
  piece,
  asked,
  locale,
}: {
  piece: ToolCallProps['piece']
  asked: boolean
  locale: string
}) {
  const t = useTranslations('tools')
  const { call } = piece
  if (!call || call.state === 'written') {
    return <span className="text-ink-faint">{t(piece.open ? 'writing' : 'state.written')}</span>
  }
  const tone = {
    written: 'text-ink-faint',
    waiting: 'text-ink font-medium',
    running: 'text-ink-soft',
    done: 'text-good',
    failed: 'text-bad',
    denied: 'text-ink-soft',
    cut: 'text-ink-soft',
  }[call.state]
  const word =
    call.state === 'waiting' && !asked
      ? 'unasked'
      : call.state === 'running' && asked
        ? 'waiting'
        : call.state
  return (
    <span className={cn('tabular text-mini', tone)}>
      {t(`state.${word}`)}
      {call.state === 'running' && call.progress !== null && (
        <> {formatPercent(call.progress, locale)}</>
      )}
      {call.duration_ms !== null && <> · {formatDuration(call.duration_ms, locale)}</>}
    </span>
  )
}

/** What came of it. Text is text, whatever it looks like. */
function Outcome({ call, name }: { call: CallInfo; name: string }) {
  const t = useTranslations('tools')
  const note = call.state === 'cut' ? t('cutNote') : call.state === 'waiting' ? null : noteOf(call)
  const over = call.state === 'done' || call.state === 'failed'
  return (
    <>
      {note && (
        <p
          className={cn(
            'whitespace-pre-wrap break-words pt-2',
            call.state === 'failed' ? 'text-bad' : 'text-ink-soft',
          )}
        >
          {note}
        </p>
      )}
      {over && (call.outputs.length > 0 || !note) && (
        <div className="pt-2">
          <p className="text-ink-faint text-mini">{t('result')}</p>
          {call.outputs.length === 0 && <p className="text-ink-soft">{t('nothing')}</p>}
          {call.outputs.map((output, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a result never move
            <OutputView key={at} output={output} name={name} />
          ))}
        </div>
      )}
    </>
  )
}

/** What is to be said of it, in the reader's language as far as it has a name. */
function noteOf({ note, sentence, values }: CallInfo): string | null {
  if (!note || !sentence) return note
  const message = toldWords({ message: note, sentence, values: values ?? undefined })
  const detail = message === note ? undefined : values?.detail
  return [message, detail].filter(Boolean).join('\n')
}

function OutputView({ output, name }: { output: ToolOutput; name: string }) {
  const t = useTranslations('tools')
  if (output.kind === 'image' && output.text.startsWith('data:image/')) {
    return (
      <img
        src={output.text}
        alt={t('picture', { name })}
        className="mt-1 max-h-96 max-w-full rounded-sm border border-line"
      />
    )
  }
  return <Lines text={output.kind === 'json' ? pretty(output.text) : output.text} />
}

/** Lines that are long or many scroll in a box of their own. */
function Lines({ text }: { text: string }) {
  return (
    <pre
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region needs focus
      tabIndex={0}
      className="mt-0.5 max-h-80 overflow-auto whitespace-pre-wrap break-words rounded-sm bg-sunken px-2.5 py-1.5 font-mono text-mini"
    >
      {text}
    </pre>
  )
}

interface ApprovalProps {
  generationId: string
  callId: string
  note: string | null
}

/** Asks the person whether the call may run. */
function Approval({ generationId, callId, note }: ApprovalProps) {
  const t = useTranslations('tools')
  const [sent, setSent] = useState(false)
  const [denying, setDenying] = useState(false)
  const [reason, setReason] = useState('')
  const decide = async (verdict: Verdict) => {
    setSent(true)
    try {
      await decideCall(generationId, callId, verdict, reason.trim())
    } catch (error) {
      setSent(false)
      toastError(error, t('decideFailed'))
    }
  }
  useShortcuts([
    { key: 'enter', mod: true, shift: true, whileTyping: true, run: () => !sent && decide('once') },
  ])
  if (denying) {
    return (
      <form
        className="flex flex-wrap items-center gap-2 pt-3"
        onSubmit={event => {
          event.preventDefault()
          void decide('deny')
        }}
      >
        <input
          aria-label={t('reason')}
          placeholder={t('reason')}
          value={reason}
          maxLength={2000}
          // biome-ignore lint/a11y/noAutofocus: it takes the place of the button that was pressed
          autoFocus
          onChange={event => setReason(event.target.value)}
          className={cn(fieldLook, 'min-w-40 flex-1')}
        />
        <Button look="plain" onClick={() => setDenying(false)}>
          {t('back')}
        </Button>
        <Button look="bad" type="submit" disabled={sent}>
          {t('deny')}
        </Button>
      </form>
    )
  }
  return (
    <fieldset className="flex flex-wrap items-center gap-2 pt-3" disabled={sent}>
      <legend className="sr-only">{t('state.waiting')}</legend>
      {note === 'changed' && <p className="w-full text-bad">{t('changed')}</p>}
      <Button look="solid" onClick={() => decide('once')} aria-keyshortcuts="Control+Shift+Enter">
        {t('once')}
      </Button>
      <Button onClick={() => decide('always')}>{t('always')}</Button>
      <Button look="plain" onClick={() => setDenying(true)}>
        {t('deny')}
      </Button>
    </fieldset>
  )
}
