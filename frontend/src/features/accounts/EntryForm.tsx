import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, useEffect, useState } from 'react'
import {
  type AuthStatus,
  type Entry,
  invitation,
  logIn,
  setUp,
  signUp,
  type User,
} from '@/api/accounts'
import { ApiError } from '@/api/errors'
import { loginOutcome } from '@/api/outcome'
import { Button } from '@/components/button'
import { Mark } from '@/components/mark'
import { useTranslations } from '@/i18n'
import { refusalAt, told, toldShortly } from '@/i18n/errors'
import { Field } from './Field'

type Way = 'setup' | 'login' | 'signup'

interface EntryFormProps {
  way: Way
  /** Somebody was logged in a moment ago. */
  again: boolean
  status: AuthStatus
  onEntered(user: User): void
}

const calls = { setup: setUp, login: logIn, signup: signUp } as const

/** Logging in, signing up, or making the first account. */
export function EntryForm({ way: first, again, status, onEntered }: EntryFormProps) {
  const t = useTranslations('entry')
  const [way, setWay] = useState(first)
  useEffect(() => setWay(first), [first])
  // What follows the # is the invitation: it is sent to no server as part of an address.
  const secret = way === 'signup' ? location.hash.slice(1) : ''
  const invited = useQuery({ ...invitation(secret), enabled: secret !== '' })
  const enter = useMutation({
    mutationFn: (entry: Entry) => calls[way](entry),
    onSuccess: onEntered,
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const given = new FormData(event.currentTarget)
    const text = (name: string) => String(given.get(name) ?? '')
    enter.mutate({
      name: text('name').trim(),
      password: text('password'),
      ...(text('email').trim() && { email: text('email').trim() }),
      ...(secret && { invitation: secret }),
    })
  }
  const barred = way === 'signup' && (secret ? invited.error : status.sign_up !== 'open')
  const error = enter.error
  const at = (field: string) => refusalAt(error, field)
  const elsewhere = error && !at('name') && !at('email') && !at('password') ? error : null
  const fresh = way !== 'login'
  // What the identity provider's word came to, if it was no good.
  const refused = way === 'login' ? loginOutcome(document.cookie) : null
  return (
    <div className="grid min-h-full place-items-center px-5 py-10">
      <main className="w-full max-w-[22.5rem]">
        <Mark className="size-9 text-accent" />
        <h1 className="mt-5 text-balance font-semibold text-display tracking-tight">
          {way === 'login' && again ? t('loginAgain') : t(`${way}Title`)}
        </h1>
        <p className="mt-1 mb-7 text-pretty text-ink-soft">
          {way === 'setup' && t('setupIntro')}
          {way === 'signup' && !barred && t(secret ? 'signupIntro' : 'signupOpenIntro')}
          {way === 'login' && again && t('loginAgainNote')}
        </p>
        {barred ? (
          <p role="alert" className="rounded-md border border-line bg-raised p-4">
            {invited.error instanceof ApiError
              ? toldShortly(invited.error)
              : t(status.sign_up === 'invitation' ? 'invited' : 'closed')}
          </p>
        ) : (
          <form key={way} onSubmit={submit} className="flex flex-col gap-3.5">
            <Field
              label={t(fresh ? 'name' : 'nameOrEmail')}
              name="name"
              required
              autoFocus
              maxLength={fresh ? 64 : 255}
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              hint={fresh ? t('nameHint') : undefined}
              error={at('name')}
              className="h-11"
            />
            {fresh && (
              <Field
                label={t('email')}
                aside={t('optional')}
                name="email"
                type="email"
                maxLength={255}
                autoComplete="email"
                error={at('email')}
                className="h-11"
              />
            )}
            <Field
              label={t('password')}
              name="password"
              type="password"
              required
              minLength={fresh ? 8 : undefined}
              maxLength={256}
              autoComplete={fresh ? 'new-password' : 'current-password'}
              hint={fresh ? t('passwordHint') : undefined}
              error={at('password')}
              className="h-11"
            />
            {elsewhere && <Refusal error={elsewhere} />}
            {!elsewhere && refused && (
              <p role="alert" className="rounded-sm bg-bad-wash px-3 py-2 text-bad">
                {status.identity_provider && t('refused', { name: status.identity_provider })}{' '}
                {toldShortly(refused)}
              </p>
            )}
            <Button look="solid" type="submit" disabled={enter.isPending} className="mt-1 h-11">
              {enter.isPending ? t('working') : t(way)}
            </Button>
          </form>
        )}
        {way === 'login' && status.identity_provider && (
          <a
            href="/api/auth/oidc/start"
            className="mt-3 flex h-11 items-center justify-center rounded-sm border border-line-strong bg-raised font-medium transition-colors hover:bg-hover"
          >
            {t('loginWith', { name: status.identity_provider })}
          </a>
        )}
        <Others way={way} status={status} onChange={setWay} />
      </main>
    </div>
  )
}

/** What went wrong, as the server says it. */
function Refusal({ error }: { error: unknown }) {
  const t = useTranslations('entry')
  const info = error instanceof ApiError ? error : null
  const wrong = info?.code === 'login_failed'
  const words = info && told(info)
  return (
    <p role="alert" className="rounded-sm bg-bad-wash px-3 py-2 text-bad">
      {wrong ? t('wrong') : (words?.message ?? t('failed'))}
      {info?.retryAfter
        ? ` ${t('wait', { seconds: Math.ceil(info.retryAfter) })}.`
        : !wrong && words && ` ${words.said ?? words.remedy ?? ''}`}
    </p>
  )
}

interface OthersProps {
  way: Way
  status: AuthStatus
  onChange(way: Way): void
}

/** The other ways in. */
function Others({ way, status, onChange }: OthersProps) {
  const t = useTranslations('entry')
  if (way === 'setup') return null
  const other = way === 'signup' ? 'login' : 'signup'
  const shown = other === 'login' || status.sign_up === 'open'
  return (
    <div className="mt-5 flex flex-col gap-2 text-ink-soft">
      {shown && (
        <button
          type="button"
          onClick={() => onChange(other)}
          className="inline-flex min-h-8 w-fit items-center text-accent underline underline-offset-4 touch:min-h-11"
        >
          {t(other === 'login' ? 'toLogin' : 'toSignup')}
        </button>
      )}
      {way === 'login' && <p className="text-ink-faint text-mini">{t('lost')}</p>}
    </div>
  )
}
