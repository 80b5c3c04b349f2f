import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useEffect, useState } from 'react'
import { forecast } from '@/api/control/launch'
import type {
  CatalogModel,
  CatalogVariant,
  Device,
  Fit,
  LaunchField,
  StartRequest,
} from '@/api/control/types'
import { Button } from '@/components/button'
import { useLocale, useTranslations } from '@/i18n'
import { inEnglish } from '@/i18n/errors'
import { cn } from '@/lib/cn'
import { formatBytes, formatNumber } from '@/lib/format'
import { infoOf, Problem } from '../platform/States'
import { partsOf } from './parts'
import { type Way, waysOf } from './remedies'

/** Waits until nothing has changed for `ms`. */
function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value)
  const text = JSON.stringify(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(JSON.parse(text) as T), ms)
    return () => clearTimeout(timer)
  }, [text, ms])
  return settled
}

interface FitPanelProps {
  /** Null while a field is not well-formed. */
  body: StartRequest | null
  variant: CatalogVariant
  model: CatalogModel
  fields: LaunchField[]
  onOption(name: string, value: string): void
  onVariant(variant: CatalogVariant): void
}

/** Whether it would fit now, as a bar for each memory; where not, what would. */
export function FitPanel({ body, variant, model, fields, onOption, onVariant }: FitPanelProps) {
  const t = useTranslations('launch')
  const asked = useSettled(body, 300)
  const query = useQuery({
    ...forecast(asked ?? { model_id: variant.id }),
    enabled: asked !== null,
    retry: false,
  })
  const fit = query.data?.fit
  return (
    <section aria-label={t('fit')} aria-live="polite">
      <h3 className="mb-1.5 font-medium">{t('fit')}</h3>
      {query.isPending && <p className="text-ink-faint">{t('fitting')}</p>}
      {query.isError && (
        <Problem error={infoOf(query.error, t('fitFailed'))} label={t('fitFailed')} />
      )}
      {fit && !query.isError && fit.needed_bytes === 0 && (
        <p className="text-ink-soft">{t('elsewhere')}</p>
      )}
      {fit && !query.isError && fit.needed_bytes > 0 && (
        <div className={cn('transition-opacity', query.isPlaceholderData && 'opacity-60')}>
          <Sentence fit={fit} />
          {(fit.devices.length > 0 ? fit.devices : [whole(fit)]).map(device => (
            <Bar key={device.name} device={device} fit={fit} />
          ))}
          {!fit.fits && inEnglish(fit.reason) && <p className="mt-2 text-ink-soft">{fit.reason}</p>}
          {!fit.fits && !query.isPlaceholderData && (
            <Ways
              fit={fit}
              variant={variant}
              model={model}
              fields={fields}
              onOption={onOption}
              onVariant={onVariant}
            />
          )}
        </div>
      )}
    </section>
  )
}

const whole = (fit: Fit): Device => ({
  name: 'memory',
  needed_bytes: fit.needed_bytes,
  free_bytes: fit.free_bytes,
})

function Sentence({ fit }: { fit: Fit }) {
  const t = useTranslations('launch')
  const locale = useLocale()
  const needed = formatBytes(fit.needed_bytes, locale)
  const free = formatBytes(fit.free_bytes, locale)
  return (
    <p className={cn('tabular', fit.fits ? 'text-good' : 'font-medium text-bad')}>
      {t(fit.fits ? 'fits' : 'fitsNot', { needed, free })}
    </p>
  )
}

interface BarProps {
  device: Device
  fit: Fit
}

/** What one memory is asked for, part by part, and what stays free of it. */
function Bar({ device, fit }: BarProps) {
  const t = useTranslations('launch')
  const locale = useLocale()
  const { needed_bytes: needed, free_bytes: free } = device
  const index = /^gpu (\d+)$/.exec(device.name)?.[1]
  const name = index ? t('gpu', { index }) : device.name === 'memory' ? t('memory') : device.name
  const scale = Math.max(needed, free, 1)
  const share = (bytes: number) => `${(bytes / scale) * 100}%`
  const size = (bytes: number) => formatBytes(bytes, locale)
  const over = needed > free
  const parts = partsOf(device, fit)
  const left = over
    ? t('over', { size: size(needed - free) })
    : t('free', { size: size(free - needed) })
  const words = [...parts.map(part => t(part.name, { size: size(part.bytes) })), left]
  return (
    <div className="mt-2">
      <div
        role="img"
        aria-label={`${t('bar', { device: name, needed: size(needed), free: size(free) })}. ${words.join(', ')}`}
        className="relative flex h-3 overflow-hidden rounded-full bg-pressed"
      >
        {parts.map(part => (
          <span
            key={part.name}
            className={cn('h-full', colours[part.name])}
            style={{ width: share(part.bytes) }}
          />
        ))}
        {over && (
          <>
            <span
              className="absolute inset-y-0 right-0 bg-bad"
              style={{ width: share(needed - free) }}
            />
            <span className="absolute inset-y-0 w-0.5 bg-ground" style={{ left: share(free) }} />
          </>
        )}
      </div>
      <p aria-hidden className="tabular mt-1 flex flex-wrap gap-x-3 text-ink-soft text-mini">
        {fit.devices.length > 1 && <span className="font-medium text-ink">{name}</span>}
        {parts.map(part => (
          <Key key={part.name} colour={colours[part.name]}>
            {t(part.name, { size: size(part.bytes) })}
          </Key>
        ))}
        <Key colour={over ? 'bg-bad' : 'bg-line-strong'}>{left}</Key>
      </p>
    </div>
  )
}

const colours = {
  weights: 'bg-accent',
  contexts: 'bg-accent/60',
  overhead: 'bg-accent/35',
  needed: 'bg-accent',
} as const

function Key({ colour, children }: { colour: string; children: ReactNode }) {
  return (
    <span className="flex items-center gap-1.5">
      <span className={cn('size-2 rounded-full', colour)} />
      {children}
    </span>
  )
}

interface WaysProps {
  fit: Fit
  variant: CatalogVariant
  model: CatalogModel
  fields: LaunchField[]
  onOption(name: string, value: string): void
  onVariant(variant: CatalogVariant): void
}

/** What would fit, each one press away. */
function Ways({ fit, variant, model, fields, onOption, onVariant }: WaysProps) {
  const t = useTranslations('launch')
  const ways = waysOf(fit, fields, model.variants, variant)
  if (ways.length === 0) return null
  return (
    <div className="mt-2 flex flex-wrap items-center gap-2">
      <span className="text-ink-soft">{t('wouldFit')}</span>
      {ways.map(way => (
        <WayButton
          key={way.kind === 'option' ? way.name : way.variant.id}
          way={way}
          onClick={() =>
            way.kind === 'option' ? onOption(way.name, String(way.value)) : onVariant(way.variant)
          }
        />
      ))}
    </div>
  )
}

function WayButton({ way, onClick }: { way: Way; onClick(): void }) {
  const t = useTranslations('launch')
  const locale = useLocale()
  return (
    <Button className="tabular" onClick={onClick}>
      {way.kind === 'variant'
        ? t('wayVariant', { name: variantName(way.variant) })
        : way.name === 'context_length'
          ? t('wayContext', { value: formatNumber(Number(way.value), locale) })
          : t('waySlots', { value: Number(way.value) })}
    </Button>
  )
}

function variantName(variant: CatalogVariant): string {
  return [variant.size?.toUpperCase(), variant.quantization?.toUpperCase()]
    .filter(Boolean)
    .join(' ')
}
