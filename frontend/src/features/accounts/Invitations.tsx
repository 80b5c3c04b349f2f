import { useQuery } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import {
  type Invitation,
  invitationList,
  type MadeInvitation,
  useInvite,
  useRemoveInvitation,
} from '@/api/accounts'
import { Button } from '@/components/button'
import { fieldLook } from '@/components/field'
import { toastError } from '@/components/toast'
import { useFormatter, useTranslations } from '@/i18n'
import { Sheet } from '../platform/Sheet'
import { Field } from './Field'
import { MadeList } from './MadeList'
import { ShownOnce } from './ShownOnce'

/** Links with which one person each makes an account. */
export function Invitations() {
  const t = useTranslations('account')
  const { data = [] } = useQuery(invitationList())
  return (
    <MadeList
      title={t('invitations')}
      note={t('invitationsNote')}
      make={t('invite')}
      rows={data.map(one => <Row key={one.id} one={one} />)}
      form={close => <Invite onClose={close} />}
    />
  )
}

function Row({ one }: { one: Invitation }) {
  const t = useTranslations('account')
  const format = useFormatter()
  const remove = useRemoveInvitation()
  const at = (moment: string) => format.relativeTime(new Date(moment), Date.now())
  const over = Date.parse(one.expires_at) <= Date.now()
  return (
    <li className="flex min-h-11 items-center justify-between gap-4">
      <div className="min-w-0">
        <p className="truncate font-medium">{one.note || t('role', { role: one.role })}</p>
        <p className="text-ink-faint text-mini">
          {one.used_at
            ? t('taken', { time: at(one.used_at) })
            : over
              ? t('expired')
              : t('open', {
                  time: format.dateTime(new Date(one.expires_at), { dateStyle: 'medium' }),
                })}
        </p>
      </div>
      <Button
        disabled={remove.isPending}
        onClick={() => remove.mutate(one.id, { onError: error => toastError(error, t('failed')) })}
      >
        {t('takeBack')}
      </Button>
    </li>
  )
}

const lasts = [1, 3, 7, 30]

function Invite({ onClose }: { onClose(): void }) {
  const t = useTranslations('account')
  const invite = useInvite()
  if (invite.data) return <Made made={invite.data} onClose={onClose} />
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const given = new FormData(event.currentTarget)
    invite.mutate(
      {
        note: String(given.get('note') ?? '').trim(),
        expires_in_hours: Number(given.get('days')) * 24,
        role: given.get('role') === 'admin' ? 'admin' : 'user',
      },
      { onError: error => toastError(error, t('failed')) },
    )
  }
  return (
    <Sheet title={t('invite')} intro={t('invitationsNote')} onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field
          label={t('inviteNote')}
          name="note"
          autoFocus
          maxLength={255}
          autoComplete="off"
          placeholder={t('inviteNotePlaceholder')}
        />
        <label className="flex flex-col gap-1 font-medium">
          {t('inviteRole')}
          <select name="role" defaultValue="user" className={fieldLook}>
            {(['user', 'admin'] as const).map(role => (
              <option key={role} value={role}>
                {t('role', { role })}
              </option>
            ))}
          </select>
        </label>
        <label className="flex flex-col gap-1 font-medium">
          {t('inviteLasts')}
          <select name="days" defaultValue="3" className={fieldLook}>
            {lasts.map(days => (
              <option key={days} value={days}>
                {t('inviteDays', { days })}
              </option>
            ))}
          </select>
        </label>
        <div className="flex justify-end gap-2">
          <Button look="plain" onClick={onClose}>
            {t('cancel')}
          </Button>
          <Button look="solid" type="submit" disabled={invite.isPending}>
            {t('createLink')}
          </Button>
        </div>
      </form>
    </Sheet>
  )
}

function Made({ made, onClose }: { made: MadeInvitation; onClose(): void }) {
  const t = useTranslations('account')
  return (
    <Sheet title={t('link')} intro={t('linkNote')} onClose={onClose}>
      <ShownOnce label={t('link')} value={location.origin + made.path} />
      <div className="mt-4 flex justify-end">
        <Button onClick={onClose}>{t('done')}</Button>
      </div>
    </Sheet>
  )
}
