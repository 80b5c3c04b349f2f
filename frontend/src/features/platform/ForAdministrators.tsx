import type { ReactNode } from 'react'
import { usePermissions } from '@/api/permissions'
import { useTranslations } from '@/i18n'
import { Room } from './Room'
import { Empty } from './States'

/** A room that others may know of and not enter: what is in it is not even asked for. */
export function ForAdministrators({ title, children }: { title: string; children: ReactNode }) {
  const t = useTranslations('platform')
  const may = usePermissions()
  if (!may.known) return null
  if (may.administer) return children
  return (
    <Room title={title}>
      <Empty title={t('forbidden')} note={t('forbiddenNote')} />
    </Room>
  )
}
