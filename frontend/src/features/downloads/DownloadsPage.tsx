import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { downloadList } from '@/api/control/downloads'
import type { Transfer } from '@/api/control/types'
import { modelList } from '@/api/models'
import { buttonLook } from '@/components/button'
import { useLocale, useTranslations } from '@/i18n'
import { formatBytes } from '@/lib/format'
import { Room } from '../platform/Room'
import { Empty, Failure, Waiting } from '../platform/States'
import { DownloadRow } from './DownloadRow'
import { ordered, totalRate } from './order'

/** Weights on their way, and those that have arrived lately. */
export function DownloadsPage() {
  const t = useTranslations('downloads')
  const platform = useTranslations('platform')
  const query = useQuery(downloadList())
  const groups = ordered(query.data ?? [])
  return (
    <Room title={platform('downloads')} intro={t('intro')}>
      <Waiting pending={query.isPending} />
      {query.isError && !query.data && (
        <Failure
          error={query.error}
          title={platform('loadFailed')}
          onRetry={() => query.refetch()}
        />
      )}
      {query.data?.length === 0 && (
        <Empty title={t('empty')} note={t('emptyNote')}>
          <Link to="/models" className={buttonLook('solid')}>
            {platform('catalogue')}
          </Link>
        </Empty>
      )}
      <Group title={t('underWay')} transfers={groups.underWay} />
      <Group title={t('finished')} transfers={groups.finished} />
    </Room>
  )
}

function Group({ title, transfers }: { title: string; transfers: Transfer[] }) {
  const t = useTranslations('downloads')
  const locale = useLocale()
  const { data: models } = useQuery(modelList())
  if (transfers.length === 0) return null
  const rate = totalRate(transfers)
  return (
    <section aria-label={title} className="mb-8">
      <div className="mb-3 flex items-baseline justify-between gap-3">
        <h2 className="font-medium text-ink-faint">{title}</h2>
        {transfers.length > 1 && rate > 0 && (
          <p className="tabular text-ink-soft text-mini">
            {t('total', { rate: formatBytes(rate, locale) })}
          </p>
        )}
      </div>
      <ul className="flex flex-col gap-3">
        {transfers.map(transfer => {
          const model = models?.find(one => one.id === transfer.variant_id)
          return (
            <DownloadRow
              key={transfer.id}
              transfer={transfer}
              name={model?.name ?? transfer.variant_id}
              modelId={model?.model_id ?? null}
            />
          )
        })}
      </ul>
    </section>
  )
}
