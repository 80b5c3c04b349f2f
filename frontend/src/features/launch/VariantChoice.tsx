import { RadioGroup } from 'radix-ui'
import { useId } from 'react'
import type { CatalogModel, CatalogVariant } from '@/api/control/types'
import { useLocale, useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { engineName } from '@/lib/engines'
import { formatBytes } from '@/lib/format'
import { lacksEngine } from '../models/filters'
import { useEngineNames } from '../platform/engines'
import { likeliest, sizesOf, variantsOf } from './form'

const itemLook =
  'rounded-sm border border-line-strong bg-raised text-left transition-colors hover:bg-hover touch:min-h-11 data-[state=checked]:border-accent data-[state=checked]:bg-accent-wash'

interface SizeChoiceProps {
  model: CatalogModel
  variant: CatalogVariant
  onChange(variant: CatalogVariant): void
}

/** How many parameters; a size whose every form is too large says so and can still be chosen. */
export function SizeChoice({ model, variant, onChange }: SizeChoiceProps) {
  const t = useTranslations('launch')
  const catalogue = useTranslations('catalogue')
  const id = useId()
  const sizes = sizesOf(model)
  if (sizes.length < 2) return null
  const choose = (size: string) => {
    const next = likeliest(variantsOf(model, size))
    if (next) onChange(next)
  }
  return (
    <div>
      <p id={id} className="mb-1.5 font-medium">
        {t('size')}
      </p>
      <RadioGroup.Root
        aria-labelledby={id}
        value={variant.size ?? ''}
        onValueChange={choose}
        className="flex flex-wrap gap-2"
      >
        {sizes.map(size => {
          const variants = variantsOf(model, size)
          const tooLarge = variants.every(one => one.fit?.fits === false && !one.downloaded)
          return (
            <RadioGroup.Item
              key={size}
              value={size}
              className={cn(
                itemLook,
                'tabular min-h-8 px-3 font-medium',
                tooLarge && 'text-ink-faint',
              )}
            >
              {size.toUpperCase()}
              {tooLarge && <span className="sr-only">, {catalogue('tooLarge')}</span>}
            </RadioGroup.Item>
          )
        })}
      </RadioGroup.Root>
    </div>
  )
}

interface FormChoiceProps {
  variants: CatalogVariant[]
  variant: CatalogVariant
  onChange(variant: CatalogVariant): void
}

/** Quantization and format, with what each weighs. */
export function FormChoice({ variants, variant, onChange }: FormChoiceProps) {
  const t = useTranslations('launch')
  const id = useId()
  return (
    <div>
      <p id={id} className="mb-1.5 font-medium">
        {t('form')}
      </p>
      <RadioGroup.Root
        aria-labelledby={id}
        value={variant.id}
        onValueChange={next => {
          const found = variants.find(one => one.id === next)
          if (found) onChange(found)
        }}
        className="flex flex-col gap-1.5"
      >
        {variants.map(one => (
          <RadioGroup.Item
            key={one.id}
            value={one.id}
            className={cn(itemLook, 'flex min-h-9 flex-wrap items-center gap-x-2 px-3 py-1.5')}
          >
            <Form variant={one} />
          </RadioGroup.Item>
        ))}
      </RadioGroup.Root>
    </div>
  )
}

function Form({ variant }: { variant: CatalogVariant }) {
  const t = useTranslations('catalogue')
  const locale = useLocale()
  return (
    <>
      <span className="font-medium">{formOf(variant)}</span>
      <span className="text-ink-soft text-mini">
        {[variant.format, ...variant.engines.map(engineName)].filter(Boolean).join(' · ')}
      </span>
      <span className="tabular ml-auto flex gap-2 text-mini">
        {variant.size_bytes !== null && (
          <span className="text-ink-soft">{formatBytes(variant.size_bytes, locale)}</span>
        )}
        {variant.downloaded ? (
          <span className="text-accent">{t('downloaded')}</span>
        ) : (
          <Use variant={variant} />
        )}
      </span>
    </>
  )
}

/** Its quantization; Ollama's library says what it is only by its name there. */
function formOf({ quantization, format, source, name }: CatalogVariant): string {
  if (format === 'ollama' && source) return source
  return quantization?.toUpperCase() ?? name
}

/** What stands in the way of using one that is not here yet. */
function Use({ variant }: { variant: CatalogVariant }) {
  const t = useTranslations('catalogue')
  const names = useEngineNames()
  const { fit } = variant
  if (lacksEngine(variant)) {
    return (
      <span className="text-ink-soft">{t('needsEngine', { engines: names(variant.engines) })}</span>
    )
  }
  if (!fit) return null
  return (
    <span className={fit.fits ? 'text-good' : 'text-bad'}>
      {fit.fits ? t('fits') : t('tooLarge')}
    </span>
  )
}
