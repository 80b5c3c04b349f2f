/** Engines, sizes and states in words. Pure; the locale and the translations are given. */
import type { StatusFrame } from '@/api/frames'
import type { useTranslations } from '@/i18n'
import { engineName } from '@/lib/engines'
import { formatDuration, formatNumber, formatPercent } from '@/lib/format'

export type ReplyWords = ReturnType<typeof useTranslations<'reply'>>

export { engineName }

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

/** 1.1e9 and 2.5e9 → ["1.1", "2.5 GB"]: both in the unit of the second. */
export function bytesOf(done: number, total: number, locale: string): [string, string] {
  const power = Math.min(4, Math.max(0, Math.floor(Math.log10(Math.max(total, 1)) / 3)))
  const digits = power > 2 ? 1 : 0
  const fraction = { minimumFractionDigits: digits, maximumFractionDigits: digits }
  const unit = { style: 'unit', unit: units[power], unitDisplay: 'short' } as const
  return [
    new Intl.NumberFormat(locale, fraction).format(done / 1000 ** power),
    new Intl.NumberFormat(locale, { ...unit, ...fraction }).format(total / 1000 ** power),
  ]
}

/** 6.2 → "6 s": what is estimated or ticks has no decimals. */
export function wholeSeconds(seconds: number, locale: string): string {
  if (seconds >= 59.5) return formatDuration(seconds * 1000, locale)
  // The shape of a duration without decimals, in any language.
  const whole = Math.max(0, Math.round(seconds))
  return formatDuration(59_000, locale).replace('59', new Intl.NumberFormat(locale).format(whole))
}

export interface StatusWords {
  text: string
  /** 0 to 1 for the bar; null for none. */
  share: number | null
}

function loadingWords(
  status: StatusFrame,
  name: string,
  t: ReplyWords,
  locale: string,
): StatusWords {
  const { bytes_done: done, bytes_total: total, eta_seconds: eta } = status
  const known = status.progress ?? (done != null && total ? done / total : null)
  if (known === null) {
    const engine = status.engine
    return {
      text: engine
        ? t('startingOn', { model: name, engine: engineName(engine) })
        : t('starting', { model: name }),
      share: null,
    }
  }
  const share = Math.min(1, Math.max(0, known))
  const words = [t('loadingShare', { share: formatPercent(share, locale) })]
  if (done != null && total) {
    const [part, whole] = bytesOf(Math.min(done, total), total, locale)
    words.push(t('bytesOf', { done: part, total: whole }))
  }
  // An estimate below a second is gone before it is read.
  if (eta != null && eta >= 1) {
    words.push(t('about', { time: wholeSeconds(eta, locale) }))
  }
  return { text: words.join(' · '), share }
}

/** The one line that stands where the text will be. `name` is the model's name for people. */
export function statusWords(
  status: StatusFrame | null,
  name: string,
  t: ReplyWords,
  locale: string,
): StatusWords {
  switch (status?.phase) {
    case undefined:
      return { text: t('sending'), share: null }
    case 'queued':
      return { text: t('waiting', { count: status.position ?? 0 }), share: null }
    case 'loading':
      return loadingWords(status, name, t, locale)
    case 'prefill': {
      const { prompt_tokens: tokens, cached_tokens: cached } = status
      const words = [tokens ? t('readingTokens', { tokens }) : t('reading')]
      if (cached) words.push(t('cached', { tokens: formatNumber(cached, locale) }))
      // Chinese sets no space before its own brackets.
      return {
        text: words.join(locale.startsWith('zh') ? '' : ' '),
        share: status.progress ?? null,
      }
    }
    case 'decoding':
      return { text: t('writing'), share: null }
    case 'tools':
      return { text: t('tools'), share: null }
    case 'approval':
      return { text: t('approval'), share: null }
  }
}
