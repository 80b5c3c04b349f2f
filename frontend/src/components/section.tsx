import type { ReactNode } from 'react'

interface SectionProps {
  title: string
  note?: string
  /** At the right of the heading. */
  action?: ReactNode
  children: ReactNode
}

/** A part of the settings under its name. */
export function Section({ title, note, action, children }: SectionProps) {
  return (
    <section aria-label={title} className="mb-9">
      <div className="flex items-end justify-between gap-3 border-line border-b pb-2">
        <h2 className="font-medium text-ink-faint">{title}</h2>
        {action}
      </div>
      {note && <p className="pt-3 text-ink-soft">{note}</p>}
      <div className="flex flex-col gap-5 pt-4">{children}</div>
    </section>
  )
}

interface LineProps {
  label: string
  htmlFor?: string
  labelId?: string
  hint?: string
  children: ReactNode
}

/** A name at the left, its value or field at the right; one above the other on phones. */
export function Line({ label, htmlFor, labelId, hint, children }: LineProps) {
  const Label = htmlFor ? 'label' : 'span'
  return (
    <div className="flex items-center justify-between gap-x-6 gap-y-1.5 max-md:flex-col max-md:items-stretch">
      <div className="min-w-0">
        <Label htmlFor={htmlFor} id={labelId} className="font-medium">
          {label}
        </Label>
        {hint && <p className="text-ink-faint text-mini">{hint}</p>}
      </div>
      <div className="shrink-0 md:w-72">{children}</div>
    </div>
  )
}
