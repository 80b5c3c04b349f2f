import type { ReactNode } from 'react'
import { MenuButton } from '@/components/menu-button'

export interface RoomProps {
  intro?: string
  /** Stands at the right of the heading. */
  action?: ReactNode
  /** Stands at the right of the room. */
  drawer?: ReactNode
  children: ReactNode
}

interface RoomFrameProps extends RoomProps {
  heading: string
  /** Names the row of tabs. */
  label: string
  /** The ways to its parts: links that look like `areaLook`. */
  areas: ReactNode
}

/** A room of several parts: its heading, a calm row of tabs below that, the part that is open, and a drawer. */
export function RoomFrame(props: RoomFrameProps) {
  const { heading, label, areas, intro, action, drawer, children } = props
  return (
    <div className="flex h-full">
      <div className="flex h-full min-w-0 flex-1 flex-col">
        <header className="shrink-0 border-line border-b bg-ground px-4 md:px-8">
          <div className="mx-auto flex w-full max-w-(--wide) flex-wrap items-center gap-x-2 pt-2 md:pt-6">
            <MenuButton className="-ml-2" />
            <h1 className="font-semibold text-title tracking-tight md:text-display">{heading}</h1>
            <div className="ml-auto flex flex-wrap items-center gap-2">{action}</div>
          </div>
          <nav
            aria-label={label}
            className="mx-auto -mb-px flex w-full max-w-(--wide) gap-5 overflow-x-auto [scrollbar-width:none] md:mt-1 md:gap-7"
          >
            {areas}
          </nav>
        </header>
        <div className="min-h-0 flex-1 overflow-y-auto px-4 md:px-8">
          <div className="mx-auto w-full max-w-(--wide) pt-5 pb-16">
            {intro && <p className="mb-5 max-w-(--reading) text-ink-soft">{intro}</p>}
            {children}
          </div>
        </div>
      </div>
      {drawer}
    </div>
  )
}
