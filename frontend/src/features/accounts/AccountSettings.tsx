import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { authStatus, me, type User, useChangePassword, useChangeProfile } from '@/api/accounts'
import { Button } from '@/components/button'
import { Section } from '@/components/section'
import { toast, toastError } from '@/components/toast'
import { useTranslations } from '@/i18n'
import { refusalAt } from '@/i18n/errors'
import { Field } from './Field'
import { Invitations } from './Invitations'
import { Keys } from './Keys'
import { Leave } from './Leave'
import { Sessions } from './Sessions'
import { WithAccountWords } from './words'

/** What users change of their own accounts. Nothing where there are no accounts. */
export default function AccountSettings() {
  const status = useQuery(authStatus()).data
  const { data: user } = useQuery({ ...me(), enabled: Boolean(status?.accounts && status.user) })
  if (!status?.accounts || !user) return null
  return (
    <WithAccountWords>
      <Profile key={user.id} user={user} />
      <Password user={user} />
      <Sessions />
      <Keys admin={user.role === 'admin'} />
      {user.role === 'admin' && <Invitations />}
      <Leave user={user} />
    </WithAccountWords>
  )
}

function Profile({ user }: { user: User }) {
  const t = useTranslations('account')
  const change = useChangeProfile()
  const [name, setName] = useState(user.name)
  const [email, setEmail] = useState(user.email ?? '')
  const same = name.trim() === user.name && email.trim() === (user.email ?? '')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate(
      { name: name.trim(), email: email.trim() },
      {
        onSuccess: () => toast({ title: t('saved') }),
        onError: error => refusalAt(error, 'name', 'email') ?? toastError(error, t('failed')),
      },
    )
  }
  return (
    <Section
      title={t('profile')}
      action={<span className="text-ink-faint text-mini">{t('role', { role: user.role })}</span>}
    >
      <form onSubmit={submit} className="grid gap-x-4 gap-y-2 md:grid-cols-2">
        <Field
          label={t('name')}
          value={name}
          required
          maxLength={64}
          autoComplete="username"
          error={refusalAt(change.error, 'name')}
          onChange={event => setName(event.target.value)}
        />
        <Field
          label={t('email')}
          type="email"
          value={email}
          maxLength={255}
          autoComplete="email"
          error={refusalAt(change.error, 'email')}
          onChange={event => setEmail(event.target.value)}
        />
        <Button type="submit" className="w-fit" disabled={same || change.isPending}>
          {t('save')}
        </Button>
      </form>
    </Section>
  )
}

function Password({ user }: { user: User }) {
  const t = useTranslations('account')
  const change = useChangePassword()
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const given = new FormData(form)
    change.mutate(
      {
        old_password: String(given.get('old') ?? ''),
        new_password: String(given.get('fresh') ?? ''),
      },
      {
        onSuccess: () => {
          form.reset()
          toast({ title: t('changed') })
        },
        onError: error => refusalAt(error, 'new_password') ?? toastError(error, t('failed')),
      },
    )
  }
  return (
    <Section title={t('password')} note={t('passwordNote')}>
      <form onSubmit={submit} className="grid gap-x-4 gap-y-2 md:grid-cols-2">
        {user.has_password && (
          <Field
            label={t('old')}
            name="old"
            type="password"
            required
            maxLength={256}
            autoComplete="current-password"
          />
        )}
        <Field
          label={t('fresh')}
          name="fresh"
          type="password"
          required
          minLength={8}
          maxLength={256}
          autoComplete="new-password"
          error={refusalAt(change.error, 'new_password', 'password')}
        />
        <Button type="submit" className="w-fit md:col-span-2" disabled={change.isPending}>
          {t(user.has_password ? 'change' : 'passwordSet')}
        </Button>
      </form>
    </Section>
  )
}
