import type { ReactNode } from 'react'

/** A link in such a row. */
export const areaLook =
  'relative flex h-10 items-center gap-1.5 whitespace-nowrap text-ink-soft transition-colors hover:text-ink touch:h-11 aria-[current=page]:font-medium aria-[current=page]:text-ink aria-[current=page]:after:absolute aria-[current=page]:after:inset-x-0 aria-[current=page]:after:-bottom-px aria-[current=page]:after:h-0.5 aria-[current=page]:after:rounded-full aria-[current=page]:after:bg-accent'

/** The ways between the parts of a page, below its heading: links that look like `areaLook`. */
export function Areas({ label, children }: { label: string; children: ReactNode }) {
  return (
    <nav
      aria-label={label}
      className="mb-5 flex gap-6 overflow-x-auto border-line border-b [scrollbar-width:none]"
    >
      {children}
    </nav>
  )
}
