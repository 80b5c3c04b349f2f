import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type UsageFilter, type UsageLine, usage, usageFile } from '@/api/administration'
import { useFormatter, useLocale, useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { formatDuration, formatNumber } from '@/lib/format'
import { Choice } from '../platform/Choice'
import { Empty, Failure, Waiting } from '../platform/States'
import { Bars } from './Bars'
import { dayBefore, daysOf } from './bars'
import { cellLook, FileLink, headLook, numberLook, Select, useNameOf } from './Parts'

const periods = ['7', '30', '90', '365'] as const
const groups = ['model', 'user', 'day'] as const
type Group = (typeof groups)[number]

/** What answers took: a chart of days, and sums by what one likes. */
export function Usage({ own = false }: { own?: boolean }) {
  const t = useTranslations('adminUsage')
  const admin = useTranslations('admin')
  const nameOf = useNameOf()
  const [period, setPeriod] = useState<(typeof periods)[number]>('30')
  const [group, setGroup] = useState<Group>('model')
  const [user, setUser] = useState('')
  const [model, setModel] = useState('')
  const now = Date.now()
  const filter: UsageFilter = {
    from: dayBefore(now, Number(period) - 1),
    to: dayBefore(now, 0),
    user: user || null,
    model: model || null,
  }
  const wide = { ...filter, user: null, model: null }
  const days = useQuery(usage(filter, 'day', own))
  const sums = useQuery(usage(filter, group, own))
  const models = useQuery(usage(wide, 'model', own)).data?.items ?? []
  const users = useQuery({ ...usage(wide, 'user', own), enabled: !own }).data?.items ?? []
  const byName = { model: t('byModel'), user: t('byUser'), day: t('byDay') }
  const offered = own ? groups.filter(one => one !== 'user') : groups
  return (
    <>
      <div className="mb-5 flex flex-wrap items-end gap-3">
        <Select
          label={t('period')}
          value={period}
          options={periods.map(value => ({ value, label: t('days', { days: Number(value) }) }))}
          onChange={setPeriod}
        />
        {!own && (
          <Select
            label={t('user')}
            value={user}
            options={[
              { value: '', label: t('everybody') },
              ...users
                .filter(one => one.user_id)
                .map(one => ({
                  value: one.user_id ?? '',
                  label: nameOf(one.user_id, one.user_name),
                })),
            ]}
            onChange={setUser}
            className="max-w-56"
          />
        )}
        <Select
          label={t('model')}
          value={model}
          options={[
            { value: '', label: t('allModels') },
            ...models.map(one => ({ value: one.model ?? '', label: one.model ?? '' })),
          ]}
          onChange={setModel}
          className="max-w-64"
        />
        <div className="ml-auto">
          <FileLink href={usageFile(filter, own ? 'day,model' : 'day,user,model', own)}>
            {admin('csv')}
          </FileLink>
        </div>
      </div>
      <Waiting pending={days.isPending} rows={2} />
      {days.isError && !days.data && (
        <Failure error={days.error} title={admin('loadFailed')} onRetry={() => days.refetch()} />
      )}
      {days.data?.items.length === 0 && <Empty title={t('empty')} note={t('emptyNote')} />}
      {days.data && days.data.items.length > 0 && (
        <>
          <Bars days={daysOf(days.data.items, filter.from, filter.to)} />
          <Choice
            label={t('by')}
            value={group}
            options={offered.map(value => ({ value, label: byName[value] }))}
            onChange={setGroup}
            className="mb-3"
          />
          {sums.data && (
            <Sums
              lines={group === 'day' ? [...sums.data.items].reverse() : sums.data.items}
              group={group}
              label={t('table', { by: byName[group] })}
              heading={byName[group]}
            />
          )}
        </>
      )}
    </>
  )
}

interface SumsProps {
  lines: UsageLine[]
  group: Group
  label: string
  heading: string
}

function Sums({ lines, group, label, heading }: SumsProps) {
  const t = useTranslations('adminUsage')
  const locale = useLocale()
  const format = useFormatter()
  const nameOf = useNameOf()
  const called = (line: UsageLine) => {
    if (group === 'user') return nameOf(line.user_id, line.user_name)
    if (group === 'model') return line.model
    return format.dateTime(new Date(`${line.day}T12:00:00Z`), { dateStyle: 'medium' })
  }
  const number = (value: number) => formatNumber(value, locale)
  const columns = [
    [t('requests'), (line: UsageLine) => number(line.requests)],
    [t('read'), (line: UsageLine) => number(line.prompt_tokens)],
    [t('cached'), (line: UsageLine) => number(line.cached_tokens)],
    [t('written'), (line: UsageLine) => number(line.completion_tokens)],
    [t('errors'), (line: UsageLine) => number(line.errors)],
    [t('time'), (line: UsageLine) => formatDuration(line.seconds * 1000, locale)],
  ] as const
  return (
    <section
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region needs focus
      tabIndex={0}
      aria-label={label}
      className="overflow-x-auto rounded-md border border-line bg-raised"
    >
      <table className="w-full border-collapse">
        <thead>
          <tr>
            <th scope="col" className={headLook}>
              {heading}
            </th>
            {columns.map(([name]) => (
              <th key={name} scope="col" className={cn(headLook, 'text-right')}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="[&>tr:last-child>*]:border-b-0">
          {lines.map(line => (
            <tr key={`${line.day}/${line.user_id}/${line.model}`}>
              <th
                scope="row"
                className={cn(cellLook, 'min-w-40 break-words text-left font-medium')}
              >
                {called(line)}
              </th>
              {columns.map(([name, show]) => (
                <td key={name} className={cn(cellLook, numberLook)}>
                  {show(line)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
