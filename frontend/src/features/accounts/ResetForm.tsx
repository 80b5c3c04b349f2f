import { useMutation, useQuery } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import { chooseAnother, resetLink, type User } from '@/api/accounts'
import { ApiError } from '@/api/errors'
import { Button } from '@/components/button'
import { Mark } from '@/components/mark'
import { useFormatter, useTranslations } from '@/i18n'
import { refusalAt, toldShortly } from '@/i18n/errors'
import { Field } from './Field'

/** Choosing another password, by the link that an administrator made. */
export function ResetForm({ onEntered }: { onEntered(user: User): void }) {
  const t = useTranslations('entry')
  const format = useFormatter()
  // What follows the # is sent to no server as part of an address.
  const secret = location.hash.slice(1)
  const link = useQuery(resetLink(secret))
  const choose = useMutation({
    mutationFn: (password: string) => chooseAnother(secret, password),
    onSuccess: onEntered,
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    choose.mutate(String(new FormData(event.currentTarget).get('password') ?? ''))
  }
  const spent = [link.error, choose.error].some(
    error => error instanceof ApiError && error.status === 403,
  )
  const weak = refusalAt(choose.error, 'password')
  const failed = !spent && !weak && (link.error ?? choose.error)
  return (
    <div className="grid min-h-full place-items-center px-5 py-10">
      <main className="w-full max-w-[22.5rem]">
        <Mark className="size-9 text-accent" />
        <h1 className="mt-5 text-balance font-semibold text-display tracking-tight">
          {t('resetTitle')}
        </h1>
        <p className="mt-1 mb-7 text-pretty text-ink-soft">
          {link.data &&
            !spent &&
            t('resetIntro', {
              name: link.data.name,
              time: format.dateTime(new Date(link.data.expires_at), {
                dateStyle: 'medium',
                timeStyle: 'short',
              }),
            })}
        </p>
        {spent && (
          <p role="alert" className="rounded-md border border-line bg-raised p-4">
            {t('resetVoid')}
          </p>
        )}
        {failed && (
          <p role="alert" className="mb-3.5 rounded-sm bg-bad-wash px-3 py-2 text-bad">
            {failed instanceof ApiError ? toldShortly(failed) : t('failed')}
          </p>
        )}
        {link.data && !spent && (
          <form onSubmit={submit} className="flex flex-col gap-3.5">
            {/* so that a manager of passwords knows whose this one is */}
            <input
              type="text"
              autoComplete="username"
              value={link.data.name}
              readOnly
              hidden
              aria-hidden
            />
            <Field
              label={t('fresh')}
              name="password"
              type="password"
              required
              autoFocus
              minLength={8}
              maxLength={256}
              autoComplete="new-password"
              hint={t('passwordHint')}
              error={weak}
              className="h-11"
            />
            <Button look="solid" type="submit" disabled={choose.isPending} className="mt-1 h-11">
              {choose.isPending ? t('working') : t('reset')}
            </Button>
          </form>
        )}
      </main>
    </div>
  )
}
