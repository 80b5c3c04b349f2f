import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Menu } from 'lucide-react'
import type { ReactNode } from 'react'
import { downloadList, isGoing } from '@/api/control/downloads'
import { instanceList } from '@/api/control/instances'
import { usePermissions } from '@/api/permissions'
import { areaLook } from '@/components/areas'
import { IconButton } from '@/components/button'
import { useTranslations } from '@/i18n'
import { useTitle } from '@/lib/title'
import { setUi } from '@/lib/ui'

interface RoomProps {
  /** The tab's title; the heading says "Models" in all of them. */
  title: string
  intro?: string
  /** Stands at the right of the heading. */
  action?: ReactNode
  /** Stands at the right of the room. */
  drawer?: ReactNode
  children: ReactNode
}

/** The frame of the rooms around models: heading, the ways to its parts, and a drawer. */
export function Room({ title, intro, action, drawer, children }: RoomProps) {
  const t = useTranslations('platform')
  const sidebar = useTranslations('sidebar')
  useTitle(title)
  return (
    <div className="flex h-full">
      <div className="flex h-full min-w-0 flex-1 flex-col">
        <header className="shrink-0 border-line border-b bg-ground px-4 md:px-8">
          <div className="mx-auto flex w-full max-w-(--wide) flex-wrap items-center gap-x-2 pt-2 md:pt-6">
            <IconButton
              label={sidebar('openMenu')}
              className="-ml-2 md:hidden"
              onClick={() => setUi({ sheet: true })}
            >
              <Menu className="size-5" aria-hidden />
            </IconButton>
            <h1 className="font-semibold text-title tracking-tight md:text-display">
              {t('title')}
            </h1>
            <div className="ml-auto flex items-center gap-2">{action}</div>
          </div>
          <Areas />
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

/** The calm row of tabs below the heading. */
function Areas() {
  const t = useTranslations('platform')
  const { administer } = usePermissions()
  const running = useQuery(instanceList()).data?.filter(one => one.state === 'ready').length ?? 0
  const downloads = useQuery(downloadList()).data?.filter(isGoing).length ?? 0
  return (
    <nav
      aria-label={t('areas')}
      className="mx-auto -mb-px flex w-full max-w-(--wide) gap-5 overflow-x-auto [scrollbar-width:none] md:mt-1 md:gap-7"
    >
      <Link to="/models" className={areaLook}>
        {t('catalogue')}
      </Link>
      <Link to="/running" className={areaLook}>
        {t('running')}
        <Count value={running} label={t('runningCount', { count: running })} />
      </Link>
      <Link to="/downloads" className={areaLook}>
        {t('downloads')}
        <Count value={downloads} label={t('downloadsCount', { count: downloads })} />
      </Link>
      {administer && (
        <Link to="/endpoints" className={areaLook}>
          {t('endpoints')}
        </Link>
      )}
      {administer && (
        <Link to="/tools" className={areaLook}>
          {t('tools')}
        </Link>
      )}
    </nav>
  )
}

function Count({ value, label }: { value: number; label: string }) {
  if (value === 0) return null
  return (
    <>
      <span
        aria-hidden
        className="tabular rounded-full bg-pressed px-1.5 text-ink-soft text-mini leading-[1.125rem]"
      >
        {value}
      </span>
      <span className="sr-only">, {label}</span>
    </>
  )
}
