import type { ReactNode } from 'react'
import { MenuButton } from '@/components/menu-button'
import { cn } from '@/lib/cn'
import { useTitle } from '@/lib/title'

interface PageProps {
  title: string
  intro: ReactNode
  /** For what stands side by side. */
  wide?: boolean
  /** Stands at the right of the room. */
  drawer?: ReactNode
  children: ReactNode
}

/** A room that is read from top to bottom: models, settings. */
export function Page({ title, intro, wide = false, drawer, children }: PageProps) {
  useTitle(title)
  return (
    <div className="flex h-full">
      <div className="flex h-full min-w-0 flex-1 flex-col">
        <header className="flex h-(--bar) shrink-0 items-center px-2 md:hidden">
          <MenuButton />
        </header>
        <div className="min-h-0 flex-1 overflow-y-auto">
          <div
            className={cn(
              'mx-auto w-full px-4 pt-2 pb-16 md:px-6',
              wide ? 'max-w-(--wide) md:pt-6' : 'max-w-[calc(var(--reading)+3rem)] md:pt-14',
            )}
          >
            <h1 className="font-semibold text-display tracking-tight">{title}</h1>
            <p className={cn('mt-1 text-ink-soft', wide ? 'mb-5' : 'mb-8')}>{intro}</p>
            {children}
          </div>
        </div>
      </div>
      {drawer}
    </div>
  )
}
