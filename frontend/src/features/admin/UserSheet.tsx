import { type FormEvent, type ReactNode, useState } from 'react'
import {
  type Account,
  type UserLimits,
  useChangeUser,
  useRemoveUser,
  useSetLimits,
  useSetPassword,
} from '@/api/administration'
import { Button } from '@/components/button'
import { fieldLook } from '@/components/field'
import { toast, toastError } from '@/components/toast'
import { useLocale, useTranslations } from '@/i18n'
import { formatNumber } from '@/lib/format'
import { Confirmed } from '../platform/Confirmed'
import { Labelled } from '../platform/Form'
import { Sheet } from '../platform/Sheet'
import { ResetLink } from './ResetLink'
import { RoleField } from './RoleField'

interface UserSheetProps {
  user: Account
  you: boolean
  usual: UserLimits
  onClose(): void
}

/** All that can be done with a user. Each part is saved by itself. */
export function UserSheet({ user, you, usual, onClose }: UserSheetProps) {
  const t = useTranslations('adminUsers')
  return (
    <Sheet title={user.name} intro={user.email ?? undefined} onClose={onClose}>
      <div className="flex flex-col gap-6">
        <Profile user={user} />
        <Limits user={user} usual={usual} />
        {!you && <Password user={user} />}
        {!you && <Access user={user} onClose={onClose} />}
        {you && <p className="text-ink-faint text-mini">{t('you')}</p>}
      </div>
    </Sheet>
  )
}

function Part({ title, note, children }: { title: string; note?: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h3 className="border-line border-b pb-1 font-medium text-ink-faint">{title}</h3>
      {note && <p className="mt-2 text-ink-soft text-mini">{note}</p>}
      <div className="mt-3">{children}</div>
    </section>
  )
}

function useSaid() {
  const t = useTranslations('adminUsers')
  const admin = useTranslations('admin')
  return {
    onSuccess: () => toast({ title: t('changed') }),
    onError: (error: unknown) => toastError(error, admin('failed')),
  }
}

function Profile({ user }: { user: Account }) {
  const t = useTranslations('adminUsers')
  const admin = useTranslations('admin')
  const change = useChangeUser()
  const said = useSaid()
  const [role, setRole] = useState(user.role)
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const given = new FormData(event.currentTarget)
    const [name, email] = ['name', 'email'].map(one => String(given.get(one) ?? ''))
    const changed = {
      ...(name !== user.name && { name }),
      ...(email !== (user.email ?? '') && { email }),
      ...(role !== user.role && { role }),
    }
    if (Object.keys(changed).length > 0) change.mutate({ id: user.id, ...changed }, said)
  }
  return (
    <form onSubmit={submit} className="grid gap-4 md:grid-cols-2">
      <Labelled label={t('name')}>
        {ids => (
          <input
            {...ids}
            name="name"
            required
            maxLength={64}
            defaultValue={user.name}
            autoComplete="off"
            className={fieldLook}
          />
        )}
      </Labelled>
      <Labelled label={t('email')}>
        {ids => (
          <input
            {...ids}
            name="email"
            type="email"
            maxLength={255}
            defaultValue={user.email ?? ''}
            autoComplete="off"
            className={fieldLook}
          />
        )}
      </Labelled>
      <RoleField role={role} onRole={setRole} />
      <div className="flex items-end justify-end">
        <Button type="submit" look="solid" disabled={change.isPending}>
          {admin('save')}
        </Button>
      </div>
    </form>
  )
}

const limits = [
  ['requests_per_minute', 'requests'],
  ['tokens_per_day', 'tokensDay'],
  ['concurrent', 'concurrent'],
] as const

function Limits({ user, usual }: { user: Account; usual: UserLimits }) {
  const t = useTranslations('adminUsers')
  const admin = useTranslations('admin')
  const locale = useLocale()
  const save = useSetLimits()
  const said = useSaid()
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const given = new FormData(event.currentTarget)
    const value = (name: string) => {
      const text = String(given.get(name) ?? '').trim()
      return text === '' ? null : Number(text)
    }
    save.mutate(
      {
        id: user.id,
        limits: {
          requests_per_minute: value('requests_per_minute'),
          tokens_per_day: value('tokens_per_day'),
          concurrent: value('concurrent'),
        },
      },
      said,
    )
  }
  const shown = (value: number | null | undefined) =>
    value ? formatNumber(value, locale) : t('noLimit')
  return (
    <Part title={t('limits')} note={t('limitsNote')}>
      <form onSubmit={submit} className="grid gap-4 md:grid-cols-3">
        {limits.map(([field, label]) => (
          <Labelled key={field} label={t(label)} hint={t('usual', { value: shown(usual[field]) })}>
            {ids => (
              <input
                {...ids}
                name={field}
                type="number"
                min={0}
                step={1}
                inputMode="numeric"
                defaultValue={user.limits[field] ?? ''}
                className={fieldLook}
              />
            )}
          </Labelled>
        ))}
        <div className="flex justify-end md:col-span-3">
          <Button type="submit" disabled={save.isPending}>
            {admin('save')}
          </Button>
        </div>
      </form>
    </Part>
  )
}

function Password({ user }: { user: Account }) {
  const t = useTranslations('adminUsers')
  const admin = useTranslations('admin')
  const save = useSetPassword()
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const password = String(new FormData(form).get('password') ?? '')
    save.mutate(
      { id: user.id, password },
      {
        onSuccess: () => {
          form.reset()
          toast({ title: t('passwordSet', { name: user.name }) })
        },
        onError: error => toastError(error, admin('failed')),
      },
    )
  }
  return (
    <Part title={t('newPassword')} note={t('resetNote')}>
      <div className="mb-4">
        <ResetLink key={user.id} user={user} />
      </div>
      <form onSubmit={submit} className="flex flex-wrap items-start gap-3">
        <div className="min-w-48 flex-1">
          <Labelled label={t('password')} hint={t('passwordHint')}>
            {ids => (
              <input
                {...ids}
                name="password"
                type="password"
                required
                autoComplete="new-password"
                className={fieldLook}
              />
            )}
          </Labelled>
        </div>
        <Button type="submit" className="mt-7.5" disabled={save.isPending}>
          {t('setPassword')}
        </Button>
      </form>
    </Part>
  )
}

function Access({ user, onClose }: { user: Account; onClose(): void }) {
  const t = useTranslations('adminUsers')
  const admin = useTranslations('admin')
  const change = useChangeUser()
  const remove = useRemoveUser()
  const said = useSaid()
  const suspended = user.suspended_at !== null
  return (
    <>
      <Part title={suspended ? t('resume') : t('suspend')} note={t('suspendNote')}>
        <Button
          disabled={change.isPending}
          onClick={() => change.mutate({ id: user.id, suspended: !suspended }, said)}
        >
          {suspended ? t('resume') : t('suspend')}
        </Button>
      </Part>
      <Part title={t('removeTitle')} note={t('removeNote')}>
        <Confirmed
          question={t('removeAsk', { name: user.name })}
          onConfirm={() =>
            remove.mutate(user.id, {
              onSuccess: () => {
                toast({ title: t('removed', { name: user.name }) })
                onClose()
              },
              onError: error => toastError(error, admin('failed')),
            })
          }
        >
          <Button look="bad" disabled={remove.isPending}>
            {t('remove')}
          </Button>
        </Confirmed>
      </Part>
    </>
  )
}
