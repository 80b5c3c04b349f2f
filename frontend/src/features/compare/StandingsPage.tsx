import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { authStatus } from '@/api/accounts'
import { standings } from '@/api/comparisons'
import { modelList } from '@/api/models'
import { useLocale, useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { formatNumber } from '@/lib/format'
import { Toggle } from '../platform/Form'
import { Empty, Failure, Waiting } from '../platform/States'
import { CompareAreas } from './CompareAreas'

const cell = 'py-2 pl-3 text-right tabular first:pl-0 first:text-left'
const columns = ['rating', 'wins', 'losses', 'ties', 'bad'] as const

/** Who wins, by the person's votes. */
export function StandingsPage() {
  const t = useTranslations('standings')
  const locale = useLocale()
  const { data: status } = useQuery(authStatus())
  const leads = status?.accounts && status.user?.role === 'admin'
  const [team, setTeam] = useState(false)
  const query = useQuery(standings(team ? 'team' : 'own'))
  const { data: models = [] } = useQuery(modelList())
  const compare = useTranslations('compare')
  return (
    <>
      <CompareAreas />
      {leads && (
        <fieldset className="mb-5 flex flex-wrap gap-2">
          <legend className="sr-only">{t('whose')}</legend>
          <Toggle pressed={!team} onClick={() => setTeam(false)}>
            {t('own')}
          </Toggle>
          <Toggle pressed={team} onClick={() => setTeam(true)}>
            {t('team')}
          </Toggle>
        </fieldset>
      )}
      <Waiting pending={query.isPending} rows={2} />
      {query.isError && !query.data && (
        <Failure
          error={query.error}
          title={compare('loadFailed')}
          onRetry={() => query.refetch()}
        />
      )}
      {query.data?.votes === 0 && (
        <Empty title={t('empty')} note={t('emptyNote')}>
          <Link to="/compare" className="text-accent underline underline-offset-4">
            {t('begin')}
          </Link>
        </Empty>
      )}
      {query.data && query.data.votes > 0 && (
        <>
          <div className="overflow-x-auto">
            <table className="w-full border-collapse">
              <caption className="pb-2 text-left text-ink-faint">
                {t('votes', { count: query.data.votes })}
              </caption>
              <thead>
                <tr className="border-line border-b text-ink-soft">
                  <th scope="col" className={cn(cell, 'font-medium')}>
                    {t('model')}
                  </th>
                  {columns.map(column => (
                    <th
                      key={column}
                      scope="col"
                      className={cn(cell, 'whitespace-nowrap font-medium')}
                    >
                      {t(column)}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {query.data.items.map(row => (
                  <tr key={row.model} className="border-line border-b last:border-0">
                    <th scope="row" className={cn(cell, 'break-words font-medium')}>
                      {models.find(one => one.id === row.model)?.name ?? row.model}
                    </th>
                    {columns.map(column => (
                      <td key={column} className={cell}>
                        {row[column] === null ? '–' : formatNumber(row[column], locale)}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <p className="mt-4 text-ink-faint text-mini">{t('note')}</p>
        </>
      )}
    </>
  )
}
