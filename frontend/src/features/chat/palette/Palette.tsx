import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Command } from 'cmdk'
import {
  Activity,
  BookMarked,
  Columns2,
  Cpu,
  Drama,
  Files,
  Keyboard,
  Languages,
  ListFilter,
  MessageSquare,
  PanelLeft,
  Search,
  Settings,
  ShieldCheck,
  SquarePen,
  SunMoon,
  Trash2,
  Trophy,
  Wrench,
} from 'lucide-react'
import { Dialog } from 'radix-ui'
import { type ReactNode, useEffect, useState } from 'react'
import { chatList, chatSearch, type SearchFilter } from '@/api/chats'
import { usePermissions } from '@/api/permissions'
import type { SearchHit } from '@/api/types'
import { IconButton } from '@/components/button'
import { useFormatter, useTranslations } from '@/i18n'
import { languages, nameOf } from '@/i18n/languages'
import { setPreferences, usePreferences } from '@/lib/preferences'
import { setUi } from '@/lib/ui'
import { Filters } from './Filters'
import { Snippet } from './snippet'

const item =
  'flex min-h-10 cursor-pointer select-none items-center gap-3 rounded-sm px-3 py-1.5 data-[selected=true]:bg-hover touch:min-h-11 [&>svg]:size-4 [&>svg]:shrink-0 [&>svg]:text-ink-faint'
const group =
  '[&_[cmdk-group-heading]]:px-3 [&_[cmdk-group-heading]]:pt-3 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-mini [&_[cmdk-group-heading]]:text-ink-faint'

/** Search through all chats, and every command of the page. Ctrl/⌘-K. */
export default function Palette() {
  const t = useTranslations('palette')
  const navigate = useNavigate()
  const [text, setText] = useState('')
  const [filter, setFilter] = useState<SearchFilter>({})
  const [filtering, setFiltering] = useState(false)
  const close = () => setUi({ palette: false })
  const open = (chatId: string, messageId?: string | null) => {
    close()
    navigate({ to: '/c/$chatId', params: { chatId }, hash: messageId ?? undefined })
  }
  return (
    <Dialog.Root open onOpenChange={shown => !shown && close()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 animate-[appear_var(--quick)_ease-out] bg-veil" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed top-[12%] left-1/2 z-50 w-[40rem] max-w-[calc(100vw-1.5rem)] -translate-x-1/2 animate-[appear_var(--quick)_ease-out] overflow-hidden rounded-lg border border-line bg-raised shadow-float"
        >
          <Dialog.Title className="sr-only">{t('title')}</Dialog.Title>
          <Command label={t('title')} shouldFilter={false} loop>
            <div className="flex items-center gap-3 border-line border-b px-4">
              <Search className="size-4 shrink-0 text-ink-faint" aria-hidden />
              <Command.Input
                value={text}
                onValueChange={setText}
                placeholder={t('placeholder')}
                className="h-12 w-full bg-transparent text-reading outline-none"
              />
              <IconButton
                label={t('filters')}
                aria-expanded={filtering}
                className="-mr-2"
                onClick={() => {
                  setFiltering(!filtering)
                  setFilter({})
                }}
              >
                <ListFilter className="size-4" aria-hidden />
              </IconButton>
            </div>
            {filtering && <Filters filter={filter} onChange={setFilter} />}
            <Command.List className="max-h-[min(60vh,28rem)] overflow-y-auto overscroll-contain p-1.5">
              <Found text={text} filter={filter} onOpen={open} />
              <Commands text={text} onDone={close} />
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

/** The text once it has rested: not every letter is worth a search. */
function useRested(text: string): string {
  const [rested, setRested] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setRested(text), 120)
    return () => clearTimeout(timer)
  }, [text])
  return rested
}

type Open = (chatId: string, messageId?: string | null) => void

interface FoundProps {
  text: string
  filter: SearchFilter
  onOpen: Open
}

function Found({ text, filter, onOpen }: FoundProps) {
  const t = useTranslations('palette')
  const query = text.trim()
  const search = useQuery(chatSearch(useRested(query), filter))
  if (query === '') return <Recent filter={filter} onOpen={onOpen} />
  if (search.isError) return <p className="px-3 py-4 text-bad">{t('failed')}</p>
  const hits = search.data?.items ?? []
  if (hits.length === 0) {
    return (
      <p className="px-3 py-4 text-ink-soft" role="status">
        {search.isFetching ? t('searching') : t('none', { query })}
      </p>
    )
  }
  return (
    <Command.Group heading={t('chats')} className={group}>
      {hits.map(hit => (
        <Hit key={`${hit.chat_id}-${hit.message_id}`} hit={hit} onOpen={onOpen} />
      ))}
    </Command.Group>
  )
}

function Hit({ hit, onOpen }: { hit: SearchHit; onOpen: Open }) {
  const t = useTranslations('palette')
  const words = useTranslations('sidebar')
  const format = useFormatter()
  const inMessage = hit.message_id !== null
  const at = new Date(hit.timestamp)
  return (
    <Command.Item
      value={`${hit.chat_id} ${hit.message_id}`}
      onSelect={() => onOpen(hit.chat_id, hit.message_id)}
      className={item}
    >
      <MessageSquare aria-hidden />
      <span className="min-w-0 flex-1">
        <span className="line-clamp-2">
          {hit.title_html ? <Snippet html={hit.title_html} /> : hit.title || words('untitled')}
        </span>
        {inMessage && (
          <span className="line-clamp-2 text-ink-soft text-mini">
            <span className="text-ink-faint">{hit.role === 'user' ? t('you') : t('model')}: </span>
            <Snippet html={hit.snippet} />
          </span>
        )}
      </span>
      <time dateTime={hit.timestamp} className="tabular shrink-0 text-ink-faint text-mini">
        {format.dateTime(at, {
          day: 'numeric',
          month: 'short',
          ...(at.getFullYear() !== new Date().getFullYear() && { year: 'numeric' }),
        })}
      </time>
    </Command.Item>
  )
}

/** The newest chats, as far as the filter speaks of chats; of what is said in them it needs a word to look for. */
function Recent({ filter, onOpen }: Omit<FoundProps, 'text'>) {
  const t = useTranslations('palette')
  const words = useTranslations('sidebar')
  const { role, model, since, ...shelf } = filter
  const { data } = useInfiniteQuery(chatList({ archived: false, ...shelf }))
  const narrowed = Object.values(shelf).some(value => value !== undefined)
  const chats = data?.pages[0]?.items.slice(0, narrowed ? 30 : 6) ?? []
  if (role || model || since || (narrowed && data && chats.length === 0)) {
    return (
      <p className="px-3 py-4 text-ink-soft" role="status">
        {t(role || model || since ? 'typeOn' : 'noneThere')}
      </p>
    )
  }
  if (chats.length === 0) return null
  return (
    <Command.Group heading={t('recent')} className={group}>
      {chats.map(chat => (
        <Command.Item
          key={chat.id}
          value={chat.id}
          onSelect={() => onOpen(chat.id)}
          className={item}
        >
          <MessageSquare aria-hidden />
          <span className="truncate">{chat.title || words('untitled')}</span>
        </Command.Item>
      ))}
    </Command.Group>
  )
}

interface Entry {
  id: string
  label: string
  icon: ReactNode
  run(): void
}

function Commands({ text, onDone }: { text: string; onDone(): void }) {
  const t = useTranslations()
  const navigate = useNavigate()
  const { administer } = usePermissions()
  const language = usePreferences(kept => kept.language)
  const other = languages[(languages.indexOf(language) + 1) % languages.length] ?? 'en'
  const entries: Entry[] = [
    {
      id: 'new',
      label: t('sidebar.newChat'),
      icon: <SquarePen aria-hidden />,
      run: () => navigate({ to: '/' }),
    },
    {
      id: 'models',
      label: t('sidebar.models'),
      icon: <Cpu aria-hidden />,
      run: () => navigate({ to: '/models' }),
    },
    {
      id: 'compare',
      label: t('sidebar.compare'),
      icon: <Columns2 aria-hidden />,
      run: () => navigate({ to: '/compare' }),
    },
    {
      id: 'standings',
      label: t('palette.standings'),
      icon: <Trophy aria-hidden />,
      run: () => navigate({ to: '/standings' }),
    },
    {
      id: 'prompts',
      label: t('sidebar.prompts'),
      icon: <BookMarked aria-hidden />,
      run: () => navigate({ to: '/prompts' }),
    },
    {
      id: 'personas',
      label: t('palette.personas'),
      icon: <Drama aria-hidden />,
      run: () => navigate({ to: '/personas' }),
    },
    {
      id: 'running',
      label: t('palette.running'),
      icon: <Activity aria-hidden />,
      run: () => navigate({ to: '/running' }),
    },
    {
      id: 'files',
      label: t('palette.files'),
      icon: <Files aria-hidden />,
      run: () => navigate({ to: '/files' }),
    },
    {
      id: 'trash',
      label: t('sidebar.trash'),
      icon: <Trash2 aria-hidden />,
      run: () => navigate({ to: '/trash' }),
    },
    ...(administer
      ? [
          {
            id: 'tools',
            label: t('palette.tools'),
            icon: <Wrench aria-hidden />,
            run: () => navigate({ to: '/tools' }),
          },
          {
            id: 'admin',
            label: t('sidebar.admin'),
            icon: <ShieldCheck aria-hidden />,
            run: () => navigate({ to: '/admin' }),
          },
        ]
      : []),
    {
      id: 'settings',
      label: t('sidebar.settings'),
      icon: <Settings aria-hidden />,
      run: () => navigate({ to: '/settings' }),
    },
    {
      id: 'theme',
      label: t('palette.toggleTheme'),
      icon: <SunMoon aria-hidden />,
      run: () =>
        setPreferences({
          theme: document.documentElement.classList.contains('dark') ? 'light' : 'dark',
        }),
    },
    {
      id: 'sidebar',
      label: t('palette.toggleSidebar'),
      icon: <PanelLeft aria-hidden />,
      run: () => setPreferences(kept => ({ sidebarFolded: !kept.sidebarFolded })),
    },
    {
      id: 'language',
      label: t('palette.switchLanguage', { language: nameOf(other) }),
      icon: <Languages aria-hidden />,
      run: () => setPreferences({ language: other }),
    },
    {
      id: 'shortcuts',
      label: t('shortcuts.title'),
      icon: <Keyboard aria-hidden />,
      run: () => setUi({ shortcuts: true }),
    },
  ]
  const wanted = text.trim().toLowerCase()
  const shown = entries.filter(entry => entry.label.toLowerCase().includes(wanted))
  if (shown.length === 0) return null
  return (
    <Command.Group heading={t('palette.actions')} className={group}>
      {shown.map(entry => (
        <Command.Item
          key={entry.id}
          value={entry.id}
          onSelect={() => {
            onDone()
            entry.run()
          }}
          className={item}
        >
          {entry.icon}
          {entry.label}
        </Command.Item>
      ))}
    </Command.Group>
  )
}
