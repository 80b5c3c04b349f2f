import { Button } from '@/components/button'
import { useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { Labelled, TextArea } from '../platform/Form'
import { messagesOf, type PlayTurn } from './messages'
import { usePlay } from './play'
import { ReplyView, Thoughts } from './ReplyView'
import { isBusy, useReply } from './useReply'

/** A conversation of which nothing is stored. */
export function ChatTab() {
  const t = useTranslations('playground')
  const { runId, sampling, drafts, set } = usePlay()
  const { reply, ask, stop, clear } = useReply()
  const busy = isBusy(reply)
  const send = async () => {
    const { message } = drafts
    const turns: PlayTurn[] = [...drafts.turns, { role: 'user', content: message }]
    set({ turns, message: '' })
    const messages = messagesOf(drafts.system, turns)
    const { text, thinking } = await ask({ kind: 'chat', run_id: runId, messages, ...sampling })
    if (text || thinking) {
      set({ turns: [...turns, { role: 'assistant', content: text, thinking }] })
    } else {
      // Nothing came: the message goes back to where it can be sent again.
      set(now => ({ turns: turns.slice(0, -1), message: now.message || message }))
    }
  }
  return (
    <div className="flex flex-col gap-4">
      <Labelled label={t('system')}>
        {ids => (
          <TextArea
            {...ids}
            rows={1}
            value={drafts.system}
            onChange={event => set({ system: event.target.value })}
          />
        )}
      </Labelled>
      <section
        aria-label={t('conversation')}
        className="flex min-h-32 flex-col gap-3 rounded-md bg-sunken px-4 py-3"
      >
        {drafts.turns.length === 0 && <p className="text-ink-faint">{t('conversationEmpty')}</p>}
        {drafts.turns.map((turn, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: turns are only ever added at the end
          <Turn key={at} turn={turn} />
        ))}
        {/* What was written stands among the turns as soon as it ends; below it, how it ended. */}
        {reply.state !== 'idle' && (
          <ReplyView reply={busy ? reply : { ...reply, text: '', thinking: '' }} />
        )}
      </section>
      <form
        className="flex items-end gap-2"
        onSubmit={event => {
          event.preventDefault()
          if (busy) stop()
          else send()
        }}
      >
        <div className="min-w-0 flex-1">
          <Labelled label={t('message')}>
            {ids => (
              <TextArea
                {...ids}
                rows={1}
                value={drafts.message}
                onChange={event => set({ message: event.target.value })}
                onKeyDown={event => {
                  if (event.key !== 'Enter' || event.shiftKey) return
                  if (event.nativeEvent.isComposing) return
                  event.preventDefault()
                  if (!busy) event.currentTarget.form?.requestSubmit()
                }}
                className="min-h-9 text-reading"
              />
            )}
          </Labelled>
        </div>
        {drafts.turns.length > 0 && !busy && (
          <Button
            look="plain"
            className="h-9"
            onClick={() => {
              clear()
              set({ turns: [] })
            }}
          >
            {t('clear')}
          </Button>
        )}
        <Button
          type="submit"
          look={busy ? 'line' : 'solid'}
          disabled={!busy && drafts.message.trim() === ''}
          className="h-9"
        >
          {busy ? t('stop') : t('send')}
        </Button>
      </form>
    </div>
  )
}

function Turn({ turn }: { turn: PlayTurn }) {
  const t = useTranslations('playground')
  const mine = turn.role === 'user'
  return (
    <div className={cn(mine && 'self-end rounded-md bg-said px-3 py-2', 'max-w-full')}>
      <span className="sr-only">{mine ? t('you') : t('model')}: </span>
      {turn.thinking && <Thoughts text={turn.thinking} open={!turn.content} />}
      <p className="whitespace-pre-wrap break-words text-reading">{turn.content}</p>
    </div>
  )
}
