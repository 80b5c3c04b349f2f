import { Popover } from 'radix-ui'
import { useRef, useState } from 'react'
import type { Message } from '@/api/types'
import { useLocale, useTranslations } from '@/i18n'
import { type Circumstances, readoutLine, readoutRows } from './readout'
import type { ReplyView } from './view'

/** What the message remembers of its making; each is shown only where it is known. */
function circumstances(message: Message, view: ReplyView, engine: string | null): Circumstances {
  const { seed, engine: kept } = message.metadata
  return {
    usage: view.usage,
    timings: view.timings,
    finishReason: view.finishReason,
    engine: typeof kept === 'string' ? kept : (view.status?.engine ?? engine),
    seed: typeof seed === 'number' ? seed : null,
  }
}

interface ReadoutProps {
  message: Message
  view: ReplyView
  engine: string | null
}

/** `38 tok/s · 412 tokens · first token 0.31 s`; pointing at it or pressing it tells the rest. */
export function Readout({ message, view, engine }: ReadoutProps) {
  const t = useTranslations('reply')
  const locale = useLocale()
  const [open, setOpen] = useState(false)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const line = readoutLine(view.usage, view.timings, t, locale)
  if (!line) return null
  const soon = (next: boolean, ms: number) => {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => setOpen(next), ms)
  }
  const hover = {
    onPointerEnter: (event: React.PointerEvent) => event.pointerType === 'mouse' && soon(true, 200),
    onPointerLeave: (event: React.PointerEvent) =>
      event.pointerType === 'mouse' && soon(false, 150),
  }
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger
        {...hover}
        className="tabular -ml-1 mr-2 min-h-6 rounded-sm px-1 text-left text-ink-faint text-mini hover:text-ink-soft touch:-mt-1 touch:-mb-2.5 touch:min-h-11"
      >
        {line}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          {...hover}
          side="top"
          align="start"
          sideOffset={4}
          collisionPadding={8}
          aria-label={t('readout')}
          onOpenAutoFocus={event => event.preventDefault()}
          className="z-50 rounded-md border border-line bg-raised px-4 py-3 shadow-float"
        >
          <dl className="tabular grid grid-cols-[auto_auto] gap-x-6 gap-y-1 text-mini">
            {readoutRows(circumstances(message, view, engine), t, locale).map(row => (
              <div key={row.label} className="contents">
                <dt className={row.inner ? 'pl-3 text-ink-faint' : 'text-ink-soft'}>{row.label}</dt>
                <dd className="text-right">{row.value}</dd>
              </div>
            ))}
          </dl>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}
