import type { ReactNode } from 'react'

interface ManagedRowProps {
  name: string
  /** Its address, or its command. */
  where: string
  /** In small print: how it stands. */
  facts: ReactNode
  note?: string | undefined
  /** At the right: what can be done with it. */
  actions: ReactNode
  /** Below: what came of that. */
  children: ReactNode
}

/** One of the servers that administrators keep. */
export function ManagedRow({ name, where, facts, note, actions, children }: ManagedRowProps) {
  return (
    <li className="rounded-md border border-line bg-raised px-4 py-3.5">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-56">
          <h2 className="truncate font-semibold text-reading leading-snug">{name}</h2>
          <p className="break-all font-mono text-ink-soft text-mini">{where}</p>
          <p className="mt-1 flex flex-wrap items-center gap-x-3 text-ink-faint text-mini">
            {facts}
          </p>
          {note && <p className="mt-1 text-ink-soft text-mini">{note}</p>}
        </div>
        <div className="ml-auto flex flex-wrap items-center gap-1">{actions}</div>
      </div>
      {children}
    </li>
  )
}
