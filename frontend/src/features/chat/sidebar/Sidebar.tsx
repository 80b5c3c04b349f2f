import { Link, useLocation, useNavigate } from '@tanstack/react-router'
import {
  Archive,
  ArrowLeft,
  BookMarked,
  Columns2,
  Cpu,
  PanelLeftClose,
  PanelLeftOpen,
  Search,
  Settings,
  ShieldCheck,
  SquarePen,
  Trash2,
} from 'lucide-react'
import type { ReactNode } from 'react'
import { useState } from 'react'
import { usePermissions } from '@/api/permissions'
import { IconButton } from '@/components/button'
import { Mark } from '@/components/mark'
import { useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { modKey } from '@/lib/format'
import { setPreferences } from '@/lib/preferences'
import { setUi } from '@/lib/ui'
import { useLiveChats } from '../live'
import { endSelecting } from '../shelves/selection'
import { ChatList } from './ChatList'
import { Order } from './Order'

const row =
  'flex h-8 w-full items-center gap-2.5 rounded-sm px-2.5 text-left -outline-offset-2 transition-colors hover:bg-hover aria-[current=page]:bg-pressed touch:h-11 [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-ink-soft'

/** One room of several side by side: on a phone a row for each would leave little of the list. */
const cell =
  'h-auto min-h-14 flex-col justify-start gap-1 px-1 py-2.5 text-center text-mini leading-tight touch:h-auto'

/** The rooms of comparing. */
const ofComparing = /^\/(compare\/|standings)/

/** The rooms around models, of which the sidebar names the first only. */
const ofModels = /^\/(running|downloads|endpoints|playground)/

interface SidebarProps {
  /** In the sheet of a phone there is nothing to fold. */
  foldable?: boolean
  /** Stands below the rooms: who is here. */
  foot?: ReactNode
}

/** The wide sidebar: what can be begun, all chats, and the other rooms. */
export function Sidebar({ foldable = true, foot }: SidebarProps) {
  const t = useTranslations('sidebar')
  const inPrompts = useLocation({ select: ({ pathname }) => pathname === '/personas' })
  const [archived, setArchivedOnly] = useState(false)
  const [tag, setTagOnly] = useState<string | null>(null)
  const setArchived = (on: boolean) => {
    // What is selected belongs to the list that was there.
    endSelecting()
    setArchivedOnly(on)
  }
  const setTag = (next: string | null) => {
    endSelecting()
    setTagOnly(next)
  }
  const { administer } = usePermissions()
  const inAdmin = useLocation({ select: ({ pathname }) => pathname.startsWith('/admin/') })
  const inCompare = useLocation({ select: ({ pathname }) => ofComparing.test(pathname) })
  const inModels = useLocation({ select: ({ pathname }) => ofModels.test(pathname) })
  const room = cn(row, !foldable && cell)
  return (
    <div className="flex h-full flex-col bg-sunken">
      <div className="flex h-(--bar) shrink-0 items-center gap-2 pr-2 pl-4.5">
        <Brand />
        {foldable && (
          <IconButton
            label={t('fold')}
            keys={`${modKey} B`}
            className="ml-auto"
            onClick={() => setPreferences({ sidebarFolded: true })}
          >
            <PanelLeftClose className="size-4" aria-hidden />
          </IconButton>
        )}
      </div>
      <div className="flex flex-col gap-0.5 px-2 pb-2">
        <Link to="/" activeOptions={{ exact: true }} className={row}>
          <SquarePen aria-hidden />
          {t('newChat')}
          <Keys>{modKey} ⇧ O</Keys>
        </Link>
        <button
          type="button"
          className={row}
          onClick={() => setUi({ palette: true, sheet: false })}
        >
          <Search aria-hidden />
          {t('search')}
          <Keys>{modKey} K</Keys>
        </button>
      </div>
      {archived && (
        <button
          type="button"
          className={cn(row, 'mx-2 w-auto shrink-0 font-medium')}
          onClick={() => setArchived(false)}
        >
          <ArrowLeft aria-hidden />
          {t('archive')}
          <span className="sr-only">, {t('leaveArchive')}</span>
        </button>
      )}
      <Order archived={archived} tag={tag} onTag={setTag} />
      <div className="min-h-0 flex-1">
        <ChatList key={`${archived} ${tag}`} archived={archived} tag={tag} />
      </div>
      <div className="safe-bottom border-line border-t">
        <div className={cn('gap-0.5 p-2', foldable ? 'flex flex-col' : 'grid grid-cols-3')}>
          {!archived && (
            <button type="button" className={room} onClick={() => setArchived(true)}>
              <Archive aria-hidden />
              {t('archive')}
            </button>
          )}
          {archived && (
            <Link to="/trash" className={room}>
              <Trash2 aria-hidden />
              {t('trash')}
            </Link>
          )}
          <Link to="/models" className={cn(room, inModels && 'bg-pressed')}>
            <Cpu aria-hidden />
            {t('models')}
          </Link>
          <Link to="/compare" className={cn(room, inCompare && 'bg-pressed')}>
            <Columns2 aria-hidden />
            {t('compare')}
          </Link>
          <Link to="/prompts" className={cn(room, inPrompts && 'bg-pressed')}>
            <BookMarked aria-hidden />
            {t('prompts')}
          </Link>
          {administer && (
            <Link
              to="/admin/$area"
              params={{ area: 'usage' }}
              className={cn(room, inAdmin && 'bg-pressed')}
            >
              <ShieldCheck aria-hidden />
              {t('admin')}
            </Link>
          )}
          <Link to="/settings" className={room}>
            <Settings aria-hidden />
            {t('settings')}
          </Link>
        </div>
        <div className="px-2 pb-2 empty:hidden">{foot}</div>
      </div>
    </div>
  )
}

function Brand() {
  const live = useLiveChats().length > 0
  return (
    <span className="flex items-center gap-2 font-semibold tracking-tight">
      <Mark turning={live} className="text-accent" />
      StellarChat
    </span>
  )
}

function Keys({ children }: { children: ReactNode }) {
  return (
    <kbd aria-hidden className="touch:hidden ml-auto font-sans text-ink-faint text-mini">
      {children}
    </kbd>
  )
}

/** The sidebar folded: 56 px of icons. */
export function Rail({ foot }: { foot?: ReactNode }) {
  const t = useTranslations('sidebar')
  const { administer } = usePermissions()
  const live = useLiveChats().length > 0
  const navigate = useNavigate()
  return (
    <div className="flex h-full flex-col items-center gap-1 bg-sunken pb-2">
      <div className="grid h-(--bar) shrink-0 place-items-center">
        <Mark turning={live} className="text-accent" />
      </div>
      <IconButton
        label={t('unfold')}
        keys={`${modKey} B`}
        side="right"
        onClick={() => setPreferences({ sidebarFolded: false })}
      >
        <PanelLeftOpen className="size-4" aria-hidden />
      </IconButton>
      <IconButton label={t('newChat')} side="right" onClick={() => navigate({ to: '/' })}>
        <SquarePen className="size-4" aria-hidden />
      </IconButton>
      <IconButton
        label={t('search')}
        keys={`${modKey} K`}
        side="right"
        onClick={() => setUi({ palette: true })}
      >
        <Search className="size-4" aria-hidden />
      </IconButton>
      <div className="flex-1" />
      <IconButton label={t('models')} side="right" onClick={() => navigate({ to: '/models' })}>
        <Cpu className="size-4" aria-hidden />
      </IconButton>
      <IconButton label={t('compare')} side="right" onClick={() => navigate({ to: '/compare' })}>
        <Columns2 className="size-4" aria-hidden />
      </IconButton>
      <IconButton label={t('prompts')} side="right" onClick={() => navigate({ to: '/prompts' })}>
        <BookMarked className="size-4" aria-hidden />
      </IconButton>
      {administer && (
        <IconButton
          label={t('admin')}
          side="right"
          onClick={() => navigate({ to: '/admin/$area', params: { area: 'usage' } })}
        >
          <ShieldCheck className="size-4" aria-hidden />
        </IconButton>
      )}
      <IconButton label={t('settings')} side="right" onClick={() => navigate({ to: '/settings' })}>
        <Settings className="size-4" aria-hidden />
      </IconButton>
      {foot}
    </div>
  )
}
