/** What is said of a model, in the page's language. Pure. */

import type { useTranslations } from 'use-intl/react'
import type { ErrorInfo, ModelInfo } from '@/api/types'
import { toldShortly } from '@/i18n/errors'
import { engineName } from '@/lib/engines'
import { formatBytes, formatDuration, formatNumber, formatPercent } from '@/lib/format'

export type ModelWords = ReturnType<typeof useTranslations<'models'>>

/** "2.5 GB", "Q4_K_M", "32,768 context": what is fixed of a model, the unknown left out. */
export function factsOf(model: ModelInfo, t: ModelWords, locale: string): string[] {
  const facts: string[] = []
  if (model.size) facts.push(t('parametersCount', { count: model.size.toUpperCase() }))
  if (model.size_bytes && model.state !== 'not_downloaded') {
    facts.push(formatBytes(model.size_bytes, locale))
  }
  if (model.quantization) facts.push(model.quantization.toUpperCase())
  if (model.context_length) {
    facts.push(t('context', { tokens: formatNumber(model.context_length, locale) }))
  }
  if (model.engine) facts.push(engineName(model.engine))
  if (model.tokens_per_second) {
    facts.push(t('speed', { speed: formatNumber(model.tokens_per_second, locale) }))
  }
  return facts
}

/** Whether a model must be fetched before it can be used. */
export function isAway(model: ModelInfo): boolean {
  return model.state === 'not_downloaded' || model.state === 'downloading'
}

interface Motion {
  label: string
  text: string
  /** 0 to 1; null while nobody knows. */
  share: number | null
}

/** A download or a start that is under way; null where nothing moves. */
export function motionOf(model: ModelInfo, t: ModelWords, locale: string): Motion | null {
  if (model.state === 'downloading' && model.download) return downloadOf(model, t, locale)
  if (model.state === 'stopping') {
    return { label: t('stopping'), text: t('stopping'), share: null }
  }
  if (!['starting', 'loading', 'restarting'].includes(model.state)) return null
  const { progress = null, eta_seconds, bytes_done, bytes_total } = model.loading ?? {}
  const words = [
    progress === null ? t('starting') : t('loading', { share: formatPercent(progress, locale) }),
  ]
  if (bytes_done && bytes_total) words.push(amount(bytes_done, bytes_total, t, locale))
  if (eta_seconds) words.push(t('left', { time: formatDuration(eta_seconds * 1000, locale) }))
  return {
    label: t('loadProgress', { model: model.name }),
    text: words.join(' · '),
    share: progress,
  }
}

function downloadOf(model: ModelInfo, t: ModelWords, locale: string): Motion | null {
  const { download } = model
  if (!download) return null
  const { status, bytes_done, bytes_total, rate, eta_seconds, error } = download
  const words = bytes_total ? [amount(bytes_done, bytes_total, t, locale)] : []
  if (status === 'paused') words.push(t('paused'))
  else if (status === 'verifying') words.push(t('verifying'))
  else if (status === 'queued') words.push(t('waiting'))
  else if (status === 'failed') words.push(sayError(error) ?? t('failed'))
  else {
    if (rate) words.push(t('rate', { rate: formatBytes(rate, locale) }))
    if (eta_seconds) words.push(t('left', { time: formatDuration(eta_seconds * 1000, locale) }))
  }
  return {
    label: t('progress', { model: model.name }),
    text: words.join(' · '),
    share: bytes_total ? bytes_done / bytes_total : null,
  }
}

function amount(done: number, total: number, t: ModelWords, locale: string): string {
  return t('ofTotal', { done: formatBytes(done, locale), total: formatBytes(total, locale) })
}

function sayError(error: ErrorInfo | string | null): string | null {
  if (error === null || typeof error === 'string') return error
  return toldShortly(error)
}
