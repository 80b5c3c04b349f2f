import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type AuditFilter, type AuditLine, audit, auditFile } from '@/api/administration'
import { Button } from '@/components/button'
import { fieldLook } from '@/components/field'
import { useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { Switch } from '../platform/Form'
import { Empty, Failure, Waiting } from '../platform/States'
import { cellLook, FileLink, headLook, Select, When } from './Parts'

const kinds = [
  '',
  'login',
  'user',
  'password',
  'key',
  'invitation',
  'instance',
  'model',
  'download',
  'endpoint',
  'tool_server',
  'backup',
] as const

/** What was done, the latest first. */
export function Audit() {
  const t = useTranslations('adminAudit')
  const admin = useTranslations('admin')
  const [kind, setKind] = useState<(typeof kinds)[number]>('')
  const [failed, setFailed] = useState(false)
  const [since, setSince] = useState('')
  const filter: AuditFilter = {
    action: kind || null,
    failed: failed || null,
    since: since ? new Date(`${since}T00:00:00`).toISOString() : null,
  }
  const list = useInfiniteQuery(audit(filter))
  const items = list.data?.pages.flatMap(page => page.items) ?? []
  return (
    <>
      <div className="mb-5 flex flex-wrap items-end gap-3">
        <Select
          label={t('about')}
          value={kind}
          options={kinds.map(value => ({ value, label: t('kind', { kind: value || 'other' }) }))}
          onChange={setKind}
        />
        <label className="flex flex-col gap-1 text-ink-soft text-mini">
          {t('since')}
          <input
            type="date"
            value={since}
            onChange={event => setSince(event.target.value)}
            className={cn(fieldLook, 'w-auto')}
          />
        </label>
        <Switch label={t('failed')} checked={failed} onChange={setFailed} />
        <div className="ml-auto">
          <FileLink href={auditFile(filter)}>{admin('csv')}</FileLink>
        </div>
      </div>
      <Waiting pending={list.isPending} rows={3} />
      {list.isError && !list.data && (
        <Failure error={list.error} title={admin('loadFailed')} onRetry={() => list.refetch()} />
      )}
      {list.data && items.length === 0 && <Empty title={t('empty')} note={t('emptyNote')} />}
      {items.length > 0 && <Lines items={items} />}
      {list.hasNextPage && (
        <Button
          className="mt-4"
          disabled={list.isFetchingNextPage}
          onClick={() => list.fetchNextPage()}
        >
          {admin('more')}
        </Button>
      )}
    </>
  )
}

function Lines({ items }: { items: AuditLine[] }) {
  const t = useTranslations('adminAudit')
  return (
    <section
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region needs focus
      tabIndex={0}
      aria-label={t('table')}
      className="overflow-x-auto rounded-md border border-line bg-raised"
    >
      <table className="w-full border-collapse">
        <thead>
          <tr>
            {[t('when'), t('who'), t('what'), t('target'), t('from')].map(head => (
              <th key={head} scope="col" className={headLook}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="[&>tr:last-child>*]:border-b-0">
          {items.map(one => (
            <Line key={one.id} one={one} />
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Line({ one }: { one: AuditLine }) {
  const t = useTranslations('adminAudit')
  const admin = useTranslations('admin')
  const key = one.action.replace('.', '-')
  const known = `action.${key}` as 'action.login'
  const { how: _, ...detail } = one.detail
  const said = Object.values(detail).map(String).join(' · ')
  return (
    <tr>
      <td className={cn(cellLook, 'whitespace-nowrap text-ink-soft')}>
        <When at={one.at} />
      </td>
      <td className={cn(cellLook, 'max-w-48 truncate font-medium')}>
        {one.user_id === null && one.user_name === 'command line'
          ? t('commandLine')
          : (one.user_name ?? (one.user_id ? admin('gone') : t('stranger')))}
      </td>
      <td className={cn(cellLook, 'min-w-40')}>
        {t.has(known) ? t(known) : one.action}
        {one.status >= 400 && (
          <span className="ml-2 whitespace-nowrap text-bad text-mini">
            {t('status', { status: String(one.status) })}
          </span>
        )}
      </td>
      <td className={cn(cellLook, 'max-w-72 break-words text-ink-soft')}>
        {one.target_name ?? one.target}
        {said && <span className="block text-ink-faint text-mini">{said}</span>}
      </td>
      <td className={cn(cellLook, 'tabular whitespace-nowrap text-ink-soft')}>{one.address}</td>
    </tr>
  )
}
