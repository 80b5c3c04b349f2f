import { Link } from '@tanstack/react-router'
import { areaLook } from '@/components/areas'
import { RoomFrame, type RoomProps } from '@/components/room-frame'
import { useTranslations } from '@/i18n'
import { useTitle } from '@/lib/title'

export const areas = ['users', 'usage', 'feedback', 'audit', 'backups'] as const
export type Area = (typeof areas)[number]

/** The frame of administration: heading, the ways to its parts, and one part. */
export function AdminRoom({ area, ...rest }: RoomProps & { area: Area }) {
  const t = useTranslations('admin')
  useTitle(t(area))
  return (
    <RoomFrame
      heading={t('title')}
      label={t('areas')}
      areas={areas.map(one => (
        <Link key={one} to="/admin/$area" params={{ area: one }} className={areaLook}>
          {t(one)}
        </Link>
      ))}
      {...rest}
    />
  )
}
