import { type FormEvent, useState } from 'react'
import { type User, useLeave } from '@/api/accounts'
import { ApiError } from '@/api/errors'
import { Button } from '@/components/button'
import { Section } from '@/components/section'
import { useTranslations } from '@/i18n'
import { toldShortly } from '@/i18n/errors'
import { Sheet } from '../platform/Sheet'
import { Field } from './Field'

/** Deleting one's own account, with everything in it. */
export function Leave({ user }: { user: User }) {
  const t = useTranslations('account')
  const [asked, setAsked] = useState(false)
  return (
    <Section title={t('leave')} note={t('leaveNote')}>
      <Button look="bad" className="w-fit" onClick={() => setAsked(true)}>
        {t('leave')}
      </Button>
      {asked && <Sure user={user} onClose={() => setAsked(false)} />}
    </Section>
  )
}

function Sure({ user, onClose }: { user: User; onClose(): void }) {
  const t = useTranslations('account')
  const leave = useLeave()
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const given = String(new FormData(event.currentTarget).get('proof') ?? '')
    // A fresh page: nothing of this user stays in memory.
    leave.mutate(user.has_password ? { password: given } : { name: given }, {
      onSuccess: () => location.assign('/'),
    })
  }
  const error = leave.error
  const status = error instanceof ApiError ? error.status : 0
  const wrong =
    status !== 403
      ? null
      : user.has_password
        ? t('leaveWrong')
        : t('leaveWrongName', { name: user.name })
  return (
    <Sheet title={t('leaveSure')} intro={t('leaveSureNote')} onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-3">
        <Field
          label={t(user.has_password ? 'old' : 'leaveName')}
          name="proof"
          type={user.has_password ? 'password' : 'text'}
          required
          autoFocus
          maxLength={256}
          autoComplete={user.has_password ? 'current-password' : 'off'}
          hint={user.has_password ? undefined : user.name}
          error={wrong}
        />
        {error && !wrong && (
          <p role="alert" className="rounded-sm bg-bad-wash px-3 py-2 text-bad">
            {status === 409
              ? t('leaveLast')
              : error instanceof ApiError
                ? toldShortly(error)
                : t('failed')}
          </p>
        )}
        <div className="flex justify-end gap-2">
          <Button look="plain" onClick={onClose}>
            {t('cancel')}
          </Button>
          <Button look="bad" type="submit" disabled={leave.isPending}>
            {t('leaveForGood')}
          </Button>
        </div>
      </form>
    </Sheet>
  )
}
