import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import {
  type ApiKey,
  keyList,
  type MadeKey,
  type Scope,
  useCreateKey,
  useRevokeKey,
} from '@/api/accounts'
import { Button } from '@/components/button'
import { fieldLook } from '@/components/field'
import { toastError } from '@/components/toast'
import { useFormatter, useTranslations } from '@/i18n'
import { refusalAt } from '@/i18n/errors'
import { Sheet } from '../platform/Sheet'
import { Field } from './Field'
import { MadeList } from './MadeList'
import { ShownOnce } from './ShownOnce'

const day = 86_400_000

/** Keys for programs: made, shown once, revoked. */
export function Keys({ admin }: { admin: boolean }) {
  const t = useTranslations('account')
  const { data = [] } = useQuery(keyList())
  return (
    <MadeList
      title={t('keys')}
      note={t('keysNote')}
      make={t('createKey')}
      none={t('noKeys')}
      rows={data.map(one => <Row key={one.id} apiKey={one} />)}
      form={close => <NewKey admin={admin} onClose={close} />}
    />
  )
}

function Row({ apiKey }: { apiKey: ApiKey }) {
  const t = useTranslations('account')
  const format = useFormatter()
  const revoke = useRevokeKey()
  const [asked, setAsked] = useState(false)
  const since = (at: string) => format.relativeTime(new Date(at), Date.now())
  const over = apiKey.expires_at !== null && Date.parse(apiKey.expires_at) <= Date.now()
  return (
    <li className="flex min-h-12 items-center justify-between gap-4">
      <div className="min-w-0">
        <p className="flex min-w-0 items-baseline gap-2">
          <span className="truncate font-medium">{apiKey.name}</span>
          <code className="shrink-0 font-mono text-ink-faint text-mini">{apiKey.prefix}…</code>
        </p>
        <p className="text-ink-faint text-mini">
          {[
            apiKey.scopes.join(', '),
            apiKey.used_at ? t('used', { time: since(apiKey.used_at) }) : t('unused'),
            apiKey.expires_at &&
              (over ? t('expired') : t('expires', { time: since(apiKey.expires_at) })),
          ]
            .filter(Boolean)
            .join(' · ')}
        </p>
      </div>
      <Button onClick={() => setAsked(true)}>{t('revoke')}</Button>
      {asked && (
        <Sheet title={t('revokeSure', { name: apiKey.name })} onClose={() => setAsked(false)}>
          <div className="flex justify-end gap-2">
            <Button look="plain" onClick={() => setAsked(false)}>
              {t('cancel')}
            </Button>
            <Button
              look="bad"
              disabled={revoke.isPending}
              onClick={() =>
                revoke.mutate(apiKey.id, { onError: error => toastError(error, t('failed')) })
              }
            >
              {t('revoke')}
            </Button>
          </div>
        </Sheet>
      )}
    </li>
  )
}

const lasts = [7, 30, 90, 365]

function NewKey({ admin, onClose }: { admin: boolean; onClose(): void }) {
  const t = useTranslations('account')
  const create = useCreateKey()
  const [scopes, setScopes] = useState<Scope[]>(['chat'])
  if (create.data) return <Made made={create.data} onClose={onClose} />
  const offered: Scope[] = [
    'chat',
    'read',
    'write',
    ...(admin ? (['metrics', 'admin'] as const) : []),
  ]
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const given = new FormData(event.currentTarget)
    const days = Number(given.get('days'))
    create.mutate(
      {
        name: String(given.get('name') ?? '').trim(),
        scopes,
        expires_at: days ? new Date(Date.now() + days * day).toISOString() : null,
      },
      { onError: error => refusalAt(error, 'name') ?? toastError(error, t('failed')) },
    )
  }
  return (
    <Sheet title={t('keyTitle')} onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field
          label={t('keyName')}
          name="name"
          required
          autoFocus
          maxLength={120}
          autoComplete="off"
          placeholder={t('keyNamePlaceholder')}
          error={refusalAt(create.error, 'name')}
        />
        <fieldset>
          <legend className="mb-1 font-medium">{t('scopes')}</legend>
          {offered.map(scope => (
            <ScopeField
              key={scope}
              scope={scope}
              checked={scopes.includes(scope)}
              onChange={on =>
                setScopes(on ? [...scopes, scope] : scopes.filter(one => one !== scope))
              }
            />
          ))}
        </fieldset>
        <label className="flex flex-col gap-1 font-medium">
          {t('expiry')}
          <select name="days" defaultValue="90" className={fieldLook}>
            {lasts.map(days => (
              <option key={days} value={days}>
                {t('days', { days })}
              </option>
            ))}
            <option value="0">{t('never')}</option>
          </select>
        </label>
        <div className="flex justify-end gap-2">
          <Button look="plain" onClick={onClose}>
            {t('cancel')}
          </Button>
          <Button look="solid" type="submit" disabled={scopes.length === 0 || create.isPending}>
            {t('create')}
          </Button>
        </div>
      </form>
    </Sheet>
  )
}

interface ScopeFieldProps {
  scope: Scope
  checked: boolean
  onChange(on: boolean): void
}

function ScopeField({ scope, checked, onChange }: ScopeFieldProps) {
  const t = useTranslations('account')
  const hint = scope === 'chat' ? t('chatHint') : scope === 'metrics' ? t('metricsHint') : null
  return (
    <label className="flex min-h-8 items-center gap-2.5 touch:min-h-11">
      <input
        type="checkbox"
        checked={checked}
        onChange={event => onChange(event.target.checked)}
        className="size-4 accent-accent"
      />
      <span>
        {t(scope)}
        {hint && <span className="ml-2 text-ink-faint text-mini">{hint}</span>}
      </span>
    </label>
  )
}

function Made({ made, onClose }: { made: MadeKey; onClose(): void }) {
  const t = useTranslations('account')
  const code = `client = OpenAI(
    base_url="${location.origin}/v1",
    api_key="${made.prefix}…",
)`
  return (
    <Sheet title={t('made')} intro={t('madeNote')} onClose={onClose}>
      <ShownOnce label={t('made')} value={made.key} />
      {made.scopes.includes('chat') && (
        <figure className="mt-4">
          <figcaption className="mb-1 text-ink-soft">{t('useIt')}</figcaption>
          <pre className="overflow-x-auto rounded-sm bg-sunken px-3 py-2 font-mono text-mini">
            {code}
          </pre>
        </figure>
      )}
      <div className="mt-4 flex justify-end">
        <Button onClick={onClose}>{t('done')}</Button>
      </div>
    </Sheet>
  )
}
