import { useParams } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { usePermissions } from '@/api/permissions'
import { Invitations } from '@/features/accounts/Invitations'
import { WithAccountWords } from '@/features/accounts/words'
import { AdminRoom, type Area, areas } from '@/features/admin/AdminRoom'
import { WithAdminWords } from '@/features/admin/words'
import { Empty } from '@/features/platform/States'
import { WithPlatformWords } from '@/features/platform/words'
import { useTranslations } from '@/i18n'
import { NotFound } from '../not-found'

const Users = lazy(async () => ({ default: (await import('@/features/admin/UsersPage')).Users }))
const Usage = lazy(async () => ({ default: (await import('@/features/admin/UsagePage')).Usage }))
const Feedback = lazy(async () => ({
  default: (await import('@/features/admin/FeedbackPage')).Feedback,
}))
const Audit = lazy(async () => ({ default: (await import('@/features/admin/AuditPage')).Audit }))
const Backups = lazy(async () => ({
  default: (await import('@/features/admin/BackupsPage')).Backups,
}))

export default function Administration() {
  return (
    <WithPlatformWords>
      <WithAdminWords>
        <WithAccountWords>
          <Room />
        </WithAccountWords>
      </WithAdminWords>
    </WithPlatformWords>
  )
}

function Room() {
  const { area } = useParams({ strict: false })
  const may = usePermissions()
  const known = areas.find(one => one === area)
  if (!known) return <NotFound />
  if (!may.known) return null
  return may.administer ? <Shown area={known} /> : <Forbidden area={known} />
}

function Forbidden({ area }: { area: Area }) {
  const t = useTranslations('admin')
  return (
    <AdminRoom area={area}>
      <Empty title={t('forbidden')} note={t('forbiddenNote')} />
    </AdminRoom>
  )
}

function Shown({ area }: { area: Area }) {
  const users = useTranslations('adminUsers')
  const usage = useTranslations('adminUsage')
  const feedback = useTranslations('adminFeedback')
  const audit = useTranslations('adminAudit')
  const backups = useTranslations('adminBackups')
  const { intro, part } = {
    users: { intro: users('intro'), part: <Users below={<Invitations />} /> },
    usage: { intro: usage('intro'), part: <Usage /> },
    feedback: { intro: feedback('intro'), part: <Feedback /> },
    audit: { intro: audit('intro'), part: <Audit /> },
    backups: { intro: backups('intro'), part: <Backups /> },
  }[area]
  return (
    <AdminRoom area={area} intro={intro}>
      <Suspense fallback={null}>{part}</Suspense>
    </AdminRoom>
  )
}
