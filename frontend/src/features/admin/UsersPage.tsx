import { useQuery } from '@tanstack/react-query'
import { Plus, Search, Settings2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { authStatus } from '@/api/accounts'
import { type Account, userList } from '@/api/administration'
import { Button, IconButton } from '@/components/button'
import { fieldLook } from '@/components/field'
import { useFormatter, useLocale, useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { formatNumber } from '@/lib/format'
import { Empty, Failure, Waiting } from '../platform/States'
import { NewUser } from './NewUser'
import { UserSheet } from './UserSheet'

/** Who may come in. `below` stands under the list. */
export function Users({ below }: { below?: ReactNode }) {
  const t = useTranslations('adminUsers')
  const admin = useTranslations('admin')
  const { data: status } = useQuery(authStatus())
  const [q, setQ] = useState('')
  const [edited, setEdited] = useState<string | 'new' | null>(null)
  const list = useQuery({ ...userList(q), enabled: status?.accounts === true })
  if (status && !status.accounts) return <Empty title={t('off')} note={t('offNote')} />
  const items = list.data?.items ?? []
  const chosen = items.find(one => one.id === edited)
  return (
    <>
      <div className="mb-4 flex flex-wrap items-center gap-3">
        <div className="relative min-w-48 flex-1 basis-64 md:max-w-80">
          <Search
            className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-ink-faint"
            aria-hidden
          />
          <input
            type="search"
            aria-label={t('search')}
            placeholder={t('search')}
            value={q}
            onChange={event => setQ(event.target.value)}
            className={cn(fieldLook, 'pl-8')}
          />
        </div>
        {list.data && (
          <span role="status" className="text-ink-faint text-mini">
            {t('shown', { count: items.length })}
          </span>
        )}
        <Button look="solid" className="ml-auto" onClick={() => setEdited('new')}>
          <Plus className="size-4" aria-hidden />
          {t('add')}
        </Button>
      </div>
      <Waiting pending={list.isPending} rows={3} />
      {list.isError && !list.data && (
        <Failure error={list.error} title={admin('loadFailed')} onRetry={() => list.refetch()} />
      )}
      {list.data && items.length === 0 && <Empty title={t('nobody')} note={t('nobodyNote')} />}
      <ul className="mb-10 flex flex-col gap-2 empty:hidden">
        {items.map(one => (
          <Row
            key={one.id}
            one={one}
            you={one.id === status?.user?.id}
            onEdit={() => setEdited(one.id)}
          />
        ))}
      </ul>
      {below}
      {edited === 'new' && <NewUser onClose={() => setEdited(null)} />}
      {chosen && list.data && (
        <UserSheet
          user={chosen}
          you={chosen.id === status?.user?.id}
          usual={list.data.usual_limits}
          onClose={() => setEdited(null)}
        />
      )}
    </>
  )
}

function Row({ one, you, onEdit }: { one: Account; you: boolean; onEdit(): void }) {
  const t = useTranslations('adminUsers')
  const locale = useLocale()
  const format = useFormatter()
  return (
    <li className="flex items-center gap-x-4 rounded-md border border-line bg-raised px-4 py-2.5">
      <div className="grid min-w-0 flex-1 gap-x-6 gap-y-0.5 md:grid-cols-[minmax(0,1.4fr)_minmax(0,1fr)_minmax(0,1fr)] md:items-center">
        <div className="min-w-0">
          <p className="flex items-center gap-2">
            <span className="truncate font-medium">{one.name}</span>
            {you && <Tag>{t('you')}</Tag>}
            {one.suspended_at && <Tag bad>{t('suspended')}</Tag>}
          </p>
          {one.email && <p className="truncate text-ink-faint text-mini">{one.email}</p>}
        </div>
        <div className="text-ink-soft text-mini">
          <p>{t('roleOf', { role: one.role })}</p>
          <p className="text-ink-faint">
            {one.seen_at
              ? t('seen', { time: format.relativeTime(new Date(one.seen_at), Date.now()) })
              : t('never')}
          </p>
        </div>
        <div className="tabular text-ink-soft text-mini">
          <p>
            {t('chats', { count: one.chats })} ·{' '}
            {t('tokens', { tokens: formatNumber(one.tokens, locale) })}
          </p>
          <p className="text-ink-faint">
            {t('today', { tokens: formatNumber(one.tokens_today, locale) })}
          </p>
        </div>
      </div>
      <IconButton label={t('change', { name: one.name })} onClick={onEdit}>
        <Settings2 className="size-4" aria-hidden />
      </IconButton>
    </li>
  )
}

function Tag({ bad, children }: { bad?: boolean; children: ReactNode }) {
  return (
    <span
      className={cn(
        'shrink-0 rounded-full px-2 text-mini leading-5',
        bad ? 'bg-bad-wash text-bad' : 'bg-sunken text-ink-soft',
      )}
    >
      {children}
    </span>
  )
}
