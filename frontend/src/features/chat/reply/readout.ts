/** The figures of a finished reply, in words. Pure. */
import type { Timings, Usage } from '@/api/types'
import { formatDuration, formatNumber } from '@/lib/format'
import { engineName, type ReplyWords } from './wording'

/** 38.2 → "38", 3.14 → "3.1". */
export function formatSpeed(speed: number, locale: string): string {
  return formatNumber(speed, locale, speed < 10 ? 1 : 0)
}

/** "38 tok/s · 412 tokens · first token 0.31 s"; '' where nothing was measured. */
export function readoutLine(
  usage: Usage | null,
  timings: Timings | null,
  t: ReplyWords,
  locale: string,
): string {
  const words: string[] = []
  const speed = timings?.tokens_per_second
  if (speed) words.push(t('speed', { speed: formatSpeed(speed, locale) }))
  if (usage?.completion_tokens) words.push(t('tokens', { count: usage.completion_tokens }))
  const first = timings?.time_to_first_token_ms
  if (first != null) words.push(t('firstToken', { time: formatDuration(first, locale) }))
  return words.join(' · ')
}

export interface ReadoutRow {
  label: string
  value: string
  /** Belongs to the row above. */
  inner?: boolean
}

export interface Circumstances {
  usage: Usage | null
  timings: Timings | null
  finishReason: string | null
  engine: string | null
  seed: number | null
}

/** Everything that was measured, for the popover. */
export function readoutRows(
  { usage, timings, finishReason, engine, seed }: Circumstances,
  t: ReplyWords,
  locale: string,
): ReadoutRow[] {
  const rows: ReadoutRow[] = []
  const time = (label: string, ms: number | null | undefined) => {
    // What rounds to nothing is not worth a line.
    if (ms && ms >= 0.5) rows.push({ label, value: formatDuration(ms, locale) })
  }
  const count = (label: string, tokens: number | undefined, inner = false) => {
    if (tokens) rows.push({ label, value: t('tokens', { count: tokens }), inner })
  }
  time(t('queueTime'), timings?.queue_ms)
  time(t('loadTime'), timings?.load_ms)
  time(t('promptTime'), timings?.prompt_ms)
  time(t('firstTokenTime'), timings?.time_to_first_token_ms)
  time(t('writeTime'), timings?.generation_ms)
  count(t('promptTokens'), usage?.prompt_tokens)
  count(t('cachedTokens'), usage?.cached_tokens, true)
  count(t('answerTokens'), usage?.completion_tokens)
  count(t('reasoningTokens'), usage?.reasoning_tokens, true)
  const promptSpeed = timings?.prompt_tokens_per_second
  if (promptSpeed) {
    rows.push({
      label: t('promptSpeed'),
      value: t('speed', { speed: formatNumber(promptSpeed, locale) }),
    })
  }
  if (engine) rows.push({ label: t('engine'), value: engineName(engine) })
  if (seed !== null) rows.push({ label: t('seed'), value: String(seed) })
  if (finishReason) rows.push({ label: t('finish'), value: t('endings', { reason: finishReason }) })
  return rows
}
