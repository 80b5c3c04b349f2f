import { Button } from '@/components/button'
import { useTranslations } from '@/i18n'
import { Labelled, TextArea } from '../platform/Form'
import { usePlay } from './play'
import { ReplyView } from './ReplyView'
import { isBusy, useReply } from './useReply'

/** One prompt, one answer. */
export function GenerateTab() {
  const t = useTranslations('playground')
  const { runId, sampling, drafts, set } = usePlay()
  const { reply, ask, stop } = useReply()
  const run = () => ask({ kind: 'generate', run_id: runId, prompt: drafts.prompt, ...sampling })
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={event => {
        event.preventDefault()
        if (isBusy(reply)) stop()
        else run()
      }}
    >
      <Labelled label={t('prompt')} hint={t('promptHint')}>
        {ids => (
          <TextArea
            {...ids}
            rows={5}
            value={drafts.prompt}
            onChange={event => set({ prompt: event.target.value })}
            onKeyDown={event => {
              if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
                event.currentTarget.form?.requestSubmit()
              }
            }}
            className="min-h-28 text-reading"
          />
        )}
      </Labelled>
      <Button
        type="submit"
        look={isBusy(reply) ? 'line' : 'solid'}
        disabled={!isBusy(reply) && drafts.prompt === ''}
        className="self-start"
      >
        {isBusy(reply) ? t('stop') : t('run')}
      </Button>
      <div className="min-h-24 rounded-md bg-sunken px-4 py-3">
        {reply.state === 'idle' ? (
          <p className="text-ink-faint">{t('answerEmpty')}</p>
        ) : (
          <ReplyView reply={reply} />
        )}
      </div>
    </form>
  )
}
