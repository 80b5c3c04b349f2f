import { Link } from '@tanstack/react-router'
import { Check, ExternalLink, Eye, Lightbulb, Wrench } from 'lucide-react'
import type { CatalogModel } from '@/api/control/types'
import { usePermissions } from '@/api/permissions'
import { StateDot } from '@/components/state-dot'
import { Tip } from '@/components/tip'
import { useLocale, useTranslations } from '@/i18n'
import { inEnglish, told } from '@/i18n/errors'
import { cn } from '@/lib/cn'
import { formatBytes } from '@/lib/format'
import { useEngineNames } from '../platform/engines'
import { describe, type Standing, sizeStanding, standing } from './filters'

interface ModelCardProps {
  model: CatalogModel
  /** Its launch form is open. */
  open: boolean
}

/** One model of the catalogue; the whole card opens its launch form. */
export function ModelCard({ model, open }: ModelCardProps) {
  const t = useTranslations('catalogue')
  const locale = useLocale()
  const { runModels } = usePermissions()
  return (
    <li
      className={cn(
        'relative flex min-h-44 flex-col rounded-md border bg-raised p-4 transition-colors hover:border-line-strong',
        'has-[.launch:focus-visible]:outline-2 has-[.launch:focus-visible]:outline-accent has-[.launch:focus-visible]:outline-offset-2',
        open ? 'border-accent' : 'border-line',
      )}
    >
      <div className="flex items-start justify-between gap-2">
        <h3 className="min-w-0 font-semibold text-reading leading-snug">
          <Link
            to="/models/$modelId"
            params={{ modelId: model.id }}
            aria-label={t(runModels ? 'launch' : 'look', { model: model.name })}
            aria-expanded={open}
            className="launch outline-none after:absolute after:inset-0 after:rounded-md"
          >
            {model.name}
          </Link>
        </h3>
        {model.official_url && (
          <a
            href={model.official_url}
            target="_blank"
            rel="noreferrer"
            aria-label={t('website', { model: model.name })}
            className="relative z-10 -mt-1 -mr-1 grid size-7 shrink-0 place-items-center rounded-sm text-ink-faint hover:bg-hover hover:text-ink touch:-mt-2.5 touch:-mr-2.5 touch:size-11"
          >
            <ExternalLink className="size-3.5" aria-hidden />
          </a>
        )}
      </div>
      <p className="mt-1 line-clamp-3 text-ink-soft">{describe(model, locale)}</p>
      <Sizes model={model} />
      <div className="mt-auto flex flex-wrap items-center gap-x-3 gap-y-1.5 pt-3 text-mini">
        <How standing={standing(model)} />
        <span className="ml-auto flex flex-wrap items-center gap-x-2.5 gap-y-1 text-ink-soft">
          {model.demonstration && <span>{t('demonstration')}</span>}
          {model.own && <span>{t('own')}</span>}
          <Abilities of={model.capabilities} />
        </span>
      </div>
    </li>
  )
}

const icons = { tools: Wrench, vision: Eye, thinking: Lightbulb } as const

function Abilities({ of }: { of: string[] }) {
  const t = useTranslations('catalogue')
  const known = (['tools', 'vision', 'thinking'] as const).filter(name => of.includes(name))
  if (known.length === 0) return null
  return (
    <ul className="flex gap-2.5">
      {known.map(name => {
        const Icon = icons[name]
        return (
          <li key={name} className="flex items-center gap-1">
            <Icon className="size-3.5 text-ink-faint" aria-hidden />
            {t(name)}
          </li>
        )
      })}
    </ul>
  )
}

/** Which sizes there are, and which of them are here or would fit. */
function Sizes({ model }: { model: CatalogModel }) {
  const t = useTranslations('catalogue')
  const sizes = model.sizes.filter(Boolean)
  if (sizes.length === 0) return null
  const words = {
    here: 'sizeHere',
    fits: 'sizeFits',
    tooLarge: 'sizeTooLarge',
    engine: 'sizeEngine',
    unknown: 'sizeUnknown',
  } as const
  return (
    <ul aria-label={t('sizes')} className="mt-2.5 flex flex-wrap gap-1.5">
      {sizes.map(size => {
        const how = sizeStanding(model, size)
        const name = size.toUpperCase()
        const said = t(words[how], { size: name })
        return (
          <li
            key={size}
            title={said}
            className={cn(
              'tabular inline-flex items-center gap-1 rounded-[6px] px-1.5 py-px text-mini',
              how === 'here' ? 'bg-accent-wash text-accent' : 'bg-hover text-ink-soft',
              how === 'tooLarge' && 'bg-transparent text-ink-faint line-through',
            )}
          >
            {how === 'here' && <Check className="size-3" aria-hidden />}
            <span aria-hidden>{name}</span>
            <span className="sr-only">{said}</span>
          </li>
        )
      })}
    </ul>
  )
}

function How({ standing: one }: { standing: Standing }) {
  const t = useTranslations('catalogue')
  const locale = useLocale()
  switch (one.how) {
    case 'running':
    case 'moving':
    case 'failed': {
      const size = one.variant.size?.toUpperCase()
      const word =
        one.how === 'running'
          ? size
            ? t('runningSize', { size })
            : t('running')
          : one.how === 'failed'
            ? t('failed')
            : t('moving', { state: one.variant.state })
      return (
        <span className="flex items-center gap-1.5 font-medium">
          <StateDot state={one.variant.state} />
          <span aria-hidden>{word}</span>
        </span>
      )
    }
    case 'downloaded':
      return (
        <span className="flex items-center gap-1 font-medium">
          <Check className="size-3.5 text-accent" aria-hidden />
          {t('downloaded')}
        </span>
      )
    case 'fits': {
      const size = one.variant.size_bytes
      return (
        <span className="tabular text-good">
          {size ? t('fitsFrom', { size: formatBytes(size, locale) }) : t('fits')}
        </span>
      )
    }
    case 'tooLarge':
      return <TooLarge standing={one} />
    case 'engine':
      return <Lacking standing={one} />
    case 'unknown':
      return <span className="text-ink-faint">{t('unknown')}</span>
  }
}

/** Says on focus and on hover why it does not fit. */
function TooLarge({ standing: one }: { standing: Extract<Standing, { how: 'tooLarge' }> }) {
  const t = useTranslations('catalogue')
  const locale = useLocale()
  const { fit } = one.variant
  const why =
    inEnglish(one.reason) ??
    t('needs', {
      needed: formatBytes(fit?.needed_bytes ?? 0, locale),
      free: formatBytes(fit?.free_bytes ?? 0, locale),
    })
  return (
    <Tip label={why}>
      <button
        type="button"
        className="relative z-10 rounded-[6px] text-bad underline decoration-dotted underline-offset-4 touch:min-h-11"
      >
        {t('tooLarge')}
      </button>
    </Tip>
  )
}

/** Names what would have to be installed, and says on focus and on hover how. */
function Lacking({ standing: one }: { standing: Extract<Standing, { how: 'engine' }> }) {
  const t = useTranslations('catalogue')
  const names = useEngineNames()
  const words = t('needsEngine', { engines: names(one.variant.engines) })
  const remedy = one.error && told(one.error).remedy
  if (!remedy) return <span className="text-ink-soft">{words}</span>
  return (
    <Tip label={remedy}>
      <button
        type="button"
        className="relative z-10 rounded-[6px] text-ink-soft underline decoration-dotted underline-offset-4 touch:min-h-11"
      >
        {words}
      </button>
    </Tip>
  )
}
