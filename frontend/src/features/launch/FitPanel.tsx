import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { forecast, foresee } from '@/api/control/launch'
import type {
  CatalogModel,
  CatalogVariant,
  Device,
  Fit,
  Forecast,
  LaunchField,
  StartRequest,
} from '@/api/control/types'
import { modelKeys } from '@/api/models'
import { Button } from '@/components/button'
import { useLocale, useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { formatBytes, formatNumber } from '@/lib/format'
import { infoOf, Problem } from '../platform/States'
import { findWays, smaller, type Way, waysOf } from './remedies'

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
      {fit && !query.isError && (
        <div className={cn('transition-opacity', query.isPlaceholderData && 'opacity-60')}>
          <Sentence fit={fit} />
          {(fit.devices.length > 0 ? fit.devices : [whole(fit)]).map(device => (
            <Bar key={device.name} device={device} fit={fit} weights={variant.size_bytes} />
          ))}
          {!fit.fits && fit.reason && <p className="mt-2 text-ink-soft">{fit.reason}</p>}
          {!fit.fits && asked && query.data && !query.isPlaceholderData && (
            <Ways
              body={asked}
              forecast={query.data}
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
  /** Of the file; null where it is not known. */
  weights: number | null
}

/** Weights, what comes on top of them, and what stays free of one memory. */
function Bar({ device, fit, weights }: BarProps) {
  const t = useTranslations('launch')
  const locale = useLocale()
  const { needed_bytes: needed, free_bytes: free } = device
  const index = /^gpu (\d+)$/.exec(device.name)?.[1]
  const name = index ? t('gpu', { index }) : device.name === 'memory' ? t('memory') : device.name
  const known = weights !== null && fit.needed_bytes > 0
  const held = known ? Math.min(needed, weights * (needed / fit.needed_bytes)) : 0
  const scale = Math.max(needed, free, 1)
  const share = (bytes: number) => `${(bytes / scale) * 100}%`
  const size = (bytes: number) => formatBytes(bytes, locale)
  const over = needed > free
  const parts = [
    ...(known ? [t('weights', { size: size(held) })] : []),
    known ? t('rest', { size: size(needed - held) }) : t('needed', { size: size(needed) }),
    over ? t('over', { size: size(needed - free) }) : t('free', { size: size(free - needed) }),
  ]
  return (
    <div className="mt-2">
      <div
        role="img"
        aria-label={`${t('bar', { device: name, needed: size(needed), free: size(free) })}. ${parts.join(', ')}`}
        className="relative flex h-3 overflow-hidden rounded-full bg-pressed"
      >
        <span className="h-full bg-accent" style={{ width: share(held) }} />
        <span className="h-full bg-accent/45" style={{ width: share(needed - held) }} />
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
        {parts.map((part, at) => (
          <span key={part} className="flex items-center gap-1.5">
            <span
              className={cn(
                'size-2 rounded-full',
                at === parts.length - 1
                  ? over
                    ? 'bg-bad'
                    : 'bg-line-strong'
                  : at === 0 && known
                    ? 'bg-accent'
                    : 'bg-accent/45',
              )}
            />
            {part}
          </span>
        ))}
      </p>
    </div>
  )
}

interface WaysProps {
  body: StartRequest
  forecast: Forecast
  variant: CatalogVariant
  model: CatalogModel
  fields: LaunchField[]
  onOption(name: string, value: string): void
  onVariant(variant: CatalogVariant): void
}

/** The nearest that would fit, each one press away. */
function Ways({
  body,
  forecast: foreseen,
  variant,
  model,
  fields,
  onOption,
  onVariant,
}: WaysProps) {
  const t = useTranslations('launch')
  const { data, isPending } = useQuery({
    queryKey: [...modelKeys.all, 'ways', body],
    queryFn: ({ signal }) =>
      findWays(body, waysOf(fields, foreseen.options), one => foresee(one, signal)),
    staleTime: 10_000,
    retry: false,
  })
  const other = smaller(model.variants, variant)
  const ways = [...(data ?? []), ...(other ? [other] : [])]
  if (isPending) return <p className="mt-2 text-ink-faint">{t('looking')}</p>
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
          : way.name === 'slots'
            ? t('waySlots', { value: Number(way.value) })
            : t('wayCache', { value: String(way.value) })}
    </Button>
  )
}

function variantName(variant: CatalogVariant): string {
  return [variant.size?.toUpperCase(), variant.quantization?.toUpperCase()]
    .filter(Boolean)
    .join(' ')
}
