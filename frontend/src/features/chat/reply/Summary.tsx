import { ChevronRight, ScrollText } from 'lucide-react'
import { memo, useId, useState } from 'react'
import type { Message } from '@/api/types'
import { useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { Markdown } from './Markdown'

/** Where earlier messages were summarised: the line that the model has in their place. */
export const Summary = memo(function Summary({ message }: { message: Message }) {
  const t = useTranslations('files')
  const [open, setOpen] = useState(false)
  const body = useId()
  const made = message.metadata.summary as { messages?: number } | undefined
  return (
    <article aria-label={t('summary')} className="my-2 rounded-md border border-line bg-sunken">
      <button
        type="button"
        aria-expanded={open}
        aria-controls={open ? body : undefined}
        onClick={() => setOpen(!open)}
        className="flex min-h-11 w-full items-center gap-2 px-3 py-2 text-left text-control hover:text-accent"
      >
        <ScrollText aria-hidden className="size-4 shrink-0 text-ink-faint" />
        <span className="min-w-0 flex-1">
          <span className="block font-medium">{t('summary')}</span>
          <span className="block text-ink-soft text-mini">
            {t('summaryHint', { count: made?.messages ?? 0 })}
          </span>
        </span>
        <ChevronRight
          aria-hidden
          className={cn('size-4 shrink-0 text-ink-faint transition-transform', open && 'rotate-90')}
        />
      </button>
      {open && (
        <div id={body} className="border-line border-t px-4 py-3">
          <Markdown text={message.content} finished id={message.id} />
        </div>
      )}
    </article>
  )
})
