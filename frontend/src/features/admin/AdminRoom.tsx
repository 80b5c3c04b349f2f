import { Link } from '@tanstack/react-router'
import { Menu } from 'lucide-react'
import type { ReactNode } from 'react'
import { areaLook } from '@/components/areas'
import { IconButton } from '@/components/button'
import { useTranslations } from '@/i18n'
import { useTitle } from '@/lib/title'
import { setUi } from '@/lib/ui'

export const areas = ['users', 'usage', 'feedback', 'audit', 'backups'] as const
export type Area = (typeof areas)[number]

interface AdminRoomProps {
  area: Area
  intro?: string
  /** Stands at the right of the heading. */
  action?: ReactNode
  children: ReactNode
}

/** The frame of administration: heading, the ways to its parts, and one part. */
export function AdminRoom({ area, intro, action, children }: AdminRoomProps) {
  const t = useTranslations('admin')
  const sidebar = useTranslations('sidebar')
  useTitle(t(area))
  return (
    <div className="flex h-full min-w-0 flex-col">
      <header className="shrink-0 border-line border-b bg-ground px-4 md:px-8">
        <div className="mx-auto flex w-full max-w-(--wide) flex-wrap items-center gap-x-2 pt-2 md:pt-6">
          <IconButton
            label={sidebar('openMenu')}
            className="-ml-2 md:hidden"
            onClick={() => setUi({ sheet: true })}
          >
            <Menu className="size-5" aria-hidden />
          </IconButton>
          <h1 className="font-semibold text-title tracking-tight md:text-display">{t('title')}</h1>
          <div className="ml-auto flex flex-wrap items-center gap-2">{action}</div>
        </div>
        <nav
          aria-label={t('areas')}
          className="mx-auto -mb-px flex w-full max-w-(--wide) gap-5 overflow-x-auto [scrollbar-width:none] md:mt-1 md:gap-7"
        >
          {areas.map(one => (
            <Link key={one} to="/admin/$area" params={{ area: one }} className={areaLook}>
              {t(one)}
            </Link>
          ))}
        </nav>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto px-4 md:px-8">
        <div className="mx-auto w-full max-w-(--wide) pt-5 pb-16">
          {intro && <p className="mb-5 max-w-(--reading) text-ink-soft">{intro}</p>}
          {children}
        </div>
      </div>
    </div>
  )
}
