import { Braces, CircleAlert, CircleCheck } from 'lucide-react'
import { useState } from 'react'
import { Value } from '@/components/value-view'
import { useTranslations } from '@/i18n'
import { Markdown } from './Markdown'

/** What the server found of a reply that was to follow a schema. */
export interface Judgement {
  valid: boolean
  reason?: string
}

/** The judgement that a message keeps; null where it was to follow no schema. */
export function judgementOf(metadata: Record<string, unknown>): Judgement | null {
  const found = metadata.structured as Partial<Judgement> | undefined
  if (typeof found !== 'object' || found === null || typeof found.valid !== 'boolean') return null
  return { valid: found.valid, ...(typeof found.reason === 'string' && { reason: found.reason }) }
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
            {judgement.valid ? t('follows') : t('breaks', { reason: judgement.reason ?? '' })}
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
      </div>
      {readable && !raw ? (
        <Value value={value} />
      ) : (
        <Markdown
          text={`\`\`\`json\n${readable ? JSON.stringify(value, null, 2) : text}\n\`\`\``}
          finished
          id={`${id}-json`}
        />
      )}
    </div>
  )
}
