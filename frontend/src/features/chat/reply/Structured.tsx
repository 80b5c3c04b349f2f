import { Braces, CircleAlert, CircleCheck } from 'lucide-react'
import { useState } from 'react'
import { CopyButton } from '@/components/copy-button'
import { type Fault, Value } from '@/components/value-view'
import { useTranslations } from '@/i18n'
import { Markdown } from './Markdown'

/** What the server found of a reply that was to follow a schema. */
export interface Judgement {
  valid: boolean
  reason?: string
  /** Each place that is wrong, where it is JSON. */
  faults?: Fault[]
}

function isFault(one: Partial<Fault> | null): one is Fault {
  return Array.isArray(one?.path) && typeof one.message === 'string'
}

/** The judgement that a message keeps; null where it was to follow no schema. */
export function judgementOf(metadata: Record<string, unknown>): Judgement | null {
  const found = metadata.structured as Partial<Judgement> | undefined
  if (typeof found !== 'object' || found === null || typeof found.valid !== 'boolean') return null
  return {
    valid: found.valid,
    ...(typeof found.reason === 'string' && { reason: found.reason }),
    ...(Array.isArray(found.faults) && { faults: found.faults.filter(isFault) }),
  }
}

interface StructuredProps {
  id: string
  text: string
  judgement: Judgement
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A reply that was to follow a schema: as fields or as JSON, and whether it does. */
export function Structured({ id, text, judgement }: StructuredProps) {
  const t = useTranslations('reply')
  const [raw, setRaw] = useState(false)
  const value = parsed(text)
  const readable = value !== undefined
  const pretty = JSON.stringify(value, null, 2)
  const faults = judgement.faults ?? []
  return (
    <div>
      <div className="mb-2 flex flex-wrap items-center gap-x-3 gap-y-1 text-control">
        <p className="flex min-w-0 items-center gap-1.5 text-ink-soft">
          {judgement.valid ? (
            <CircleCheck aria-hidden className="size-4 shrink-0 text-good" />
          ) : (
            <CircleAlert aria-hidden className="size-4 shrink-0 text-bad" />
          )}
          <span className="break-words">
            {judgement.valid
              ? t('follows')
              : faults.length > 1 && !raw
                ? t('breaksAt', { count: faults.length })
                : t('breaks', { reason: judgement.reason ?? '' })}
          </span>
        </p>
        {readable && (
          <button
            type="button"
            aria-pressed={raw}
            onClick={() => setRaw(!raw)}
            className="ml-auto inline-flex min-h-7 items-center gap-1.5 rounded-sm px-2 text-ink-soft hover:bg-hover aria-pressed:bg-pressed aria-pressed:text-ink touch:min-h-11"
          >
            <Braces aria-hidden className="size-4" />
            JSON
          </button>
        )}
        <CopyButton
          label={t('copyJson')}
          text={() => (readable ? pretty : text)}
          className={readable ? undefined : 'ml-auto'}
        />
      </div>
      {readable && !raw ? (
        <Value value={value} faults={faults} />
      ) : (
        <Markdown
          text={`\`\`\`json\n${readable ? pretty : text}\n\`\`\``}
          finished
          id={`${id}-json`}
        />
      )}
    </div>
  )
}
