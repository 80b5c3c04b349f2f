import { Check, Download, Eye, Lightbulb, Wrench } from 'lucide-react'
import type { Capability, ModelInfo } from '@/api/types'
import { StateDot } from '@/components/state-dot'
import { useLocale, useTranslations } from '@/i18n'
import { formatBytes, formatNumber } from '@/lib/format'
import { engineName, wholeSeconds } from '../reply/wording'
import { compact } from './names'

const abilities: Record<Capability, { icon: typeof Eye; word: 'sees' | 'tools' | 'thinks' }> = {
  vision: { icon: Eye, word: 'sees' },
  tools: { icon: Wrench, word: 'tools' },
  thinking: { icon: Lightbulb, word: 'thinks' },
}

/** What is known about a model, in the order in which it matters. */
function useFacts(model: ModelInfo): string[] {
  const t = useTranslations('picker')
  const locale = useLocale()
  const facts: string[] = []
  if (model.demonstration) facts.push(t('demonstration'))
  if (model.endpoint) facts.push(model.endpoint)
  else if (model.engine) facts.push(engineName(model.engine))
  if (model.quantization) facts.push(model.quantization.toUpperCase())
  if (model.context_length) {
    facts.push(t('context', { tokens: compact(model.context_length, locale) }))
  }
  if (model.tokens_per_second) {
    facts.push(t('speed', { speed: formatNumber(model.tokens_per_second, locale) }))
  }
  return facts
}

/** What stands at the right: what it costs to use the model now. */
function useCost(model: ModelInfo): string {
  const t = useTranslations('picker')
  const locale = useLocale()
  switch (model.state) {
    case 'ready':
      if (model.queued > 0) return t('queued', { count: model.queued })
      if (model.slots && model.active >= model.slots) {
        return t('busy', { active: String(model.active), slots: String(model.slots) })
      }
      return model.size_bytes ? formatBytes(model.size_bytes, locale) : ''
    case 'stopped':
      if (model.load_seconds) {
        return t('startsIn', { time: wholeSeconds(Math.max(1, model.load_seconds), locale) })
      }
      return model.size_bytes ? formatBytes(model.size_bytes, locale) : ''
    case 'not_downloaded': {
      const fit = model.fit ? t(model.fit.fits ? 'fits' : 'doesNotFit') : ''
      const size = model.size_bytes ? formatBytes(model.size_bytes, locale) : ''
      return [size, fit].filter(Boolean).join(' · ')
    }
    case 'remote':
      return ''
    default:
      return t(`states.${model.state}`)
  }
}

/** How far a model that is on its way has come, 0 to 1. */
function progressOf(model: ModelInfo): number | null {
  const { download, loading } = model
  if (model.state === 'downloading' && download?.bytes_total) {
    return download.bytes_done / download.bytes_total
  }
  return loading?.progress ?? null
}

/** One model of the list. */
export function ModelRow({ model, chosen }: { model: ModelInfo; chosen: boolean }) {
  const t = useTranslations('picker')
  const facts = useFacts(model)
  const cost = useCost(model)
  const progress = progressOf(model)
  return (
    <>
      <StateDot state={model.state} className="mt-[7px] self-start" />
      <span className="min-w-0 flex-1">
        <span className="flex items-baseline gap-2">
          <span className="truncate font-medium">{model.name}</span>
          {chosen && (
            <Check
              aria-label={t('selected')}
              className="size-3.5 shrink-0 self-center text-accent"
            />
          )}
          <span className="tabular ml-auto shrink-0 pl-2 text-ink-soft text-mini">{cost}</span>
          {model.state === 'not_downloaded' && (
            <Download aria-label={t('download')} className="size-3.5 shrink-0 self-center" />
          )}
        </span>
        <span className="tabular flex items-center gap-2 text-ink-soft text-mini">
          <span className="truncate">{facts.join(' · ')}</span>
          <span className="flex shrink-0 gap-1.5">
            {model.capabilities.map(capability => {
              const { icon: Icon, word } = abilities[capability]
              return (
                <span key={capability} title={t(word)}>
                  <Icon aria-hidden className="size-3.5" />
                  <span className="sr-only">{t(word)}</span>
                </span>
              )
            })}
          </span>
        </span>
        {progress !== null && (
          <span className="mt-1 block h-[3px] overflow-hidden rounded-full bg-line" aria-hidden>
            <span
              className="block h-full origin-left bg-live transition-transform duration-(--calm)"
              style={{ transform: `scaleX(${Math.min(1, progress)})` }}
            />
          </span>
        )}
      </span>
    </>
  )
}
