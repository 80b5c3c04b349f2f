import { Check, CircleAlert } from 'lucide-react'
import { RadioGroup } from 'radix-ui'
import { useId } from 'react'
import type { EngineInfo } from '@/api/control/types'
import { useTranslations } from '@/i18n'
import { toldEngine } from '@/i18n/errors'
import { cn } from '@/lib/cn'
import { engineName } from '@/lib/engines'

interface EngineChoiceProps {
  /** Those that run the variant, the preferred first. */
  names: string[]
  engines: EngineInfo[] | undefined
  /** Null: the server chooses. */
  chosen: string | null
  /** What the server chooses. */
  settled: string | null
  onChange(engine: string | null): void
}

/** Which program runs it; one that cannot be used here says why, and what to do about it. */
export function EngineChoice({ names, engines, chosen, settled, onChange }: EngineChoiceProps) {
  const t = useTranslations('launch')
  const id = useId()
  const shown = chosen ?? settled ?? names[0] ?? ''
  return (
    <div>
      <p id={id} className="mb-1.5 font-medium">
        {t('engine')}
      </p>
      <RadioGroup.Root
        aria-labelledby={id}
        value={shown}
        onValueChange={onChange}
        className="flex flex-col gap-1.5"
      >
        {names.map(name => (
          <Row key={name} name={name} info={engines?.find(one => one.name === name)} />
        ))}
      </RadioGroup.Root>
    </div>
  )
}

function Row({ name, info }: { name: string; info: EngineInfo | undefined }) {
  const t = useTranslations('launch')
  const id = useId()
  const unusable = info?.usable === false
  const why = unusable ? toldEngine(info) : null
  const facts = [
    info?.version && t('version', { version: info.version }),
    info?.base_url && t('attached', { address: info.base_url }),
  ].filter(Boolean)
  return (
    <div className="relative rounded-sm border border-line-strong bg-raised transition-colors has-data-[state=checked]:border-accent has-data-[state=checked]:bg-accent-wash">
      <RadioGroup.Item
        value={name}
        aria-describedby={unusable ? id : undefined}
        className="flex min-h-9 w-full flex-wrap items-center gap-x-2 rounded-sm px-3 py-1.5 text-left hover:bg-hover touch:min-h-11"
      >
        <span className={cn('font-medium', unusable && 'text-ink-soft')}>{engineName(name)}</span>
        <span className="truncate text-ink-soft text-mini">{facts.join(' · ')}</span>
        {info && (
          <span
            className={cn(
              'ml-auto flex items-center gap-1 text-mini',
              unusable ? 'text-ink-soft' : 'text-good',
            )}
          >
            {unusable ? (
              <CircleAlert className="size-3.5" aria-hidden />
            ) : (
              <Check className="size-3.5" aria-hidden />
            )}
            {unusable ? t('engineUnusable') : t('engineUsable')}
          </span>
        )}
      </RadioGroup.Item>
      {why && (
        <p id={id} className="break-words px-3 pb-2 text-ink-soft text-mini">
          {why.message} {why.remedy && <span className="text-ink">{why.remedy}</span>}
        </p>
      )}
    </div>
  )
}
