import type { ReactNode } from 'react'
import { useLocale, useTranslations } from '@/i18n'
import { formatDuration, formatNumber } from '@/lib/format'
import { Problem } from '../platform/States'
import { isBusy, type Reply } from './useReply'

interface ReplyViewProps {
  reply: Reply
  /** Stands where the text would be. */
  children?: ReactNode
}

/** What a model writes, with how fast it does. */
export function ReplyView({ reply, children }: ReplyViewProps) {
  const t = useTranslations('playground')
  return (
    <section aria-label={t('answer')} aria-busy={isBusy(reply)}>
      {reply.state === 'waiting' && (
        <p role="status" className="animate-pulse text-ink-soft">
          {t('waiting')}
        </p>
      )}
      {reply.thinking && <Thoughts text={reply.thinking} open={!reply.text} />}
      {children ??
        (reply.text && (
          <p className="whitespace-pre-wrap break-words text-reading">{reply.text}</p>
        ))}
      {reply.error && <Problem error={reply.error} label={t('failed')} className="mt-2" />}
      <Readout reply={reply} />
    </section>
  )
}

/** What a model thinks before it answers. */
export function Thoughts({ text, open }: { text: string; open: boolean }) {
  const t = useTranslations('playground')
  return (
    <details className="mb-2 text-ink-soft" open={open}>
      <summary className="cursor-pointer">{t('thinking')}</summary>
      <p className="mt-1 whitespace-pre-wrap break-words border-line border-l-2 pl-3">{text}</p>
    </details>
  )
}

/** First token, speed and amount, as far as they are known. */
function Readout({ reply }: { reply: Reply }) {
  const t = useTranslations('playground')
  const words = useTranslations('reply')
  const locale = useLocale()
  const { end, firstMs, state } = reply
  const facts: string[] = []
  if (state === 'stopped') facts.push(t('stopped'))
  if (end?.timings?.tokens_per_second) {
    facts.push(t('speed', { speed: formatNumber(end.timings.tokens_per_second, locale, 1) }))
  }
  if (end?.usage?.completion_tokens) {
    facts.push(t('tokens', { count: end.usage.completion_tokens }))
  }
  if (firstMs !== null) facts.push(t('firstToken', { time: formatDuration(firstMs, locale) }))
  if (end?.usage?.prompt_tokens) facts.push(t('promptTokens', { count: end.usage.prompt_tokens }))
  if (end?.finish_reason) {
    facts.push(t('ended', { reason: words('endings', { reason: end.finish_reason }) }))
  }
  if (facts.length === 0) return null
  return <p className="tabular mt-2 text-ink-faint text-mini">{facts.join(' · ')}</p>
}
