import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { downloadList, isGoing } from '@/api/control/downloads'
import { instanceList } from '@/api/control/instances'
import { usePermissions } from '@/api/permissions'
import { areaLook } from '@/components/areas'
import { RoomFrame, type RoomProps } from '@/components/room-frame'
import { useTranslations } from '@/i18n'
import { useTitle } from '@/lib/title'

interface RoomOfModelsProps extends RoomProps {
  /** The tab's title; the heading says "Models" in all of them. */
  title: string
}

/** The frame of the rooms around models: heading, the ways to its parts, and a drawer. */
export function Room({ title, ...rest }: RoomOfModelsProps) {
  const t = useTranslations('platform')
  useTitle(title)
  return <RoomFrame heading={t('title')} label={t('areas')} areas={<Areas />} {...rest} />
}

function Areas() {
  const t = useTranslations('platform')
  const { administer } = usePermissions()
  const running = useQuery(instanceList()).data?.filter(one => one.state === 'ready').length ?? 0
  const downloads = useQuery(downloadList()).data?.filter(isGoing).length ?? 0
  return (
    <>
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
    </>
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
