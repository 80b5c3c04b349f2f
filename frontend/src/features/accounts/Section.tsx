import type { ReactNode } from 'react'

interface SectionProps {
  title: string
  note?: string
  /** At the right of the heading. */
  action?: ReactNode
  children: ReactNode
}

/** A part of the settings. */
export function Section({ title, note, action, children }: SectionProps) {
  return (
    <section aria-label={title} className="mb-9">
      <div className="flex min-h-8 items-end justify-between gap-3 border-line border-b pb-2">
        <h2 className="font-medium text-ink-faint">{title}</h2>
        {action}
      </div>
      {note && <p className="pt-3 text-ink-soft">{note}</p>}
      <div className="flex flex-col gap-4 pt-4">{children}</div>
    </section>
  )
}
