import { useQueryClient } from '@tanstack/react-query'
import { Outlet, useLocation, useNavigate } from '@tanstack/react-router'
import { Dialog } from 'radix-ui'
import { lazy, Suspense, useEffect, useRef } from 'react'
import { useSession } from '@/api/session'
import { AccountRow } from '@/features/accounts/AccountRow'
import { watchAnswers } from '@/features/chat/notices'
import { Rail, Sidebar } from '@/features/chat/sidebar/Sidebar'
import { synchronise } from '@/features/chat/sync'
import { useTranslations } from '@/i18n'
import { usePhone } from '@/lib/media'
import { setPreferences, usePreferences } from '@/lib/preferences'
import { useShortcuts } from '@/lib/shortcuts'
import { setUi, useUi } from '@/lib/ui'
import { watchKeyboard } from '@/lib/viewport'
import { OfflineBar } from './offline'

const Entrance = lazy(() => import('@/features/accounts/Entrance'))
const palette = () => import('@/features/chat/palette/Palette')
const Palette = lazy(palette)
const ShareDialog = lazy(() => import('@/features/chat/share/ShareDialog'))
const TagDialog = lazy(() => import('@/features/chat/shelves/TagDialog'))
const Shortcuts = lazy(() => import('@/features/help/Shortcuts'))

/** The frame around every room: sidebar, offline bar, and what floats. */
export function Layout() {
  const t = useTranslations('app')
  const client = useQueryClient()
  const phone = usePhone()
  const folded = usePreferences(kept => kept.sidebarFolded)
  const asked = useSession(session => session.asked)
  const { palette: searching, shortcuts, share, tagging } = useUi()
  useEffect(() => synchronise(client), [client])
  useEffect(() => watchAnswers(client), [client])
  useEffect(watchKeyboard, [])
  useKeys()
  usePaletteReady()
  const main = useFocusOnMove()
  return (
    <div className="flex h-full flex-col">
      {/* biome-ignore lint/a11y/useValidAnchor: a skip link; the router must not take it for an address */}
      <a
        href="#main"
        className="fixed top-2 left-2 z-50 -translate-y-20 rounded-sm bg-raised px-3 py-2 shadow-float focus:translate-y-0"
        onClick={event => {
          event.preventDefault()
          main.current?.focus()
        }}
      >
        {t('skip')}
      </a>
      <OfflineBar />
      {/* behind a way in the room stays as it was, for coming back to, but out of reach */}
      <div className="flex min-h-0 flex-1" inert={asked}>
        {phone ? <SidebarSheet /> : <DesktopSidebar folded={folded} />}
        <main ref={main} id="main" tabIndex={-1} className="min-w-0 flex-1 outline-none">
          <Outlet />
        </main>
      </div>
      {asked && (
        <Suspense fallback={<div className="fixed inset-0 z-60 bg-ground" />}>
          <Entrance />
        </Suspense>
      )}
      <Suspense fallback={null}>
        {searching && <Palette />}
        {shortcuts && <Shortcuts />}
        {share && <ShareDialog key={share.chatId} {...share} />}
        {tagging && <TagDialog {...tagging} />}
      </Suspense>
    </div>
  )
}

function DesktopSidebar({ folded }: { folded: boolean }) {
  const t = useTranslations('sidebar')
  return (
    <nav
      aria-label={t('label')}
      className="shrink-0 overflow-hidden border-line border-r transition-[width] duration-(--calm)"
      style={{ width: folded ? 'var(--rail)' : 'var(--sidebar)' }}
    >
      {folded ? (
        <Rail foot={<AccountRow folded />} />
      ) : (
        <div className="h-full w-(--sidebar)">
          <Sidebar foot={<AccountRow />} />
        </div>
      )}
    </nav>
  )
}

function SidebarSheet() {
  const t = useTranslations('sidebar')
  const open = useUi(ui => ui.sheet)
  const path = useLocation({ select: location => location.pathname })
  // biome-ignore lint/correctness/useExhaustiveDependencies: going somewhere closes the sheet
  useEffect(() => setUi({ sheet: false }), [path])
  return (
    <Dialog.Root open={open} onOpenChange={sheet => setUi({ sheet })}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 animate-[appear_var(--calm)_ease-out] bg-veil" />
        <Dialog.Content
          aria-describedby={undefined}
          // The first button would show its tooltip; the keyboard begins at the sheet itself.
          onOpenAutoFocus={event => {
            event.preventDefault()
            if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus()
          }}
          className="fixed inset-y-0 left-0 z-50 w-[min(20rem,85vw)] animate-[sheet-left_var(--calm)_ease-out] bg-sunken pt-[env(safe-area-inset-top)] shadow-float outline-none"
        >
          <Dialog.Title className="sr-only">{t('label')}</Dialog.Title>
          <Sidebar foldable={false} foot={<AccountRow />} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function useKeys(): void {
  const navigate = useNavigate()
  useShortcuts([
    { key: 'k', mod: true, run: () => setUi(ui => ({ palette: !ui.palette })) },
    { key: 'o', mod: true, shift: true, run: () => navigate({ to: '/' }) },
    {
      key: 'b',
      mod: true,
      shift: false,
      run: () => setPreferences(kept => ({ sidebarFolded: !kept.sidebarFolded })),
    },
    {
      key: '.',
      mod: true,
      run: () =>
        setUi(ui => ({ drawer: ui.drawer?.what === 'params' ? null : { what: 'params' } })),
    },
    { key: '?', run: () => setUi({ shortcuts: true }) },
  ])
}

/** Fetch the palette once the page is at leisure: who calls it types on at once, and would do so into the composer. */
function usePaletteReady(): void {
  useEffect(() => {
    const timer = setTimeout(() => palette().catch(() => undefined), 1500)
    return () => clearTimeout(timer)
  }, [])
}

/** After going to another room the keyboard is in it, unless something there has taken the focus. */
function useFocusOnMove() {
  const main = useRef<HTMLElement>(null)
  const path = useLocation({ select: location => location.pathname })
  const before = useRef(path)
  useEffect(() => {
    if (before.current === path) return
    before.current = path
    setUi({ drawer: null })
    const focused = document.activeElement
    if (!focused || focused === document.body) main.current?.focus()
  }, [path])
  return main
}
