import { type FormEvent, useState } from 'react'
import { ApiError } from '@/api/errors'
import { usePermissions } from '@/api/permissions'
import { type ToolServer, useAddServer, useChangeServer } from '@/api/tools'
import { Button } from '@/components/button'
import { fieldLook } from '@/components/field'
import { useTranslations } from '@/i18n'
import { toldShortly } from '@/i18n/errors'
import { Labelled, Switch, TextArea, Toggle } from '../platform/Form'
import { Sheet } from '../platform/Sheet'
import { infoOf, Problem } from '../platform/States'
import { linesOf, pairsOf } from './lines'
import { PeopleField } from './PeopleField'

interface ServerSheetProps {
  /** Null: a new one. */
  server: ToolServer | null
  onClose(): void
}

const fields = new Set([
  'name',
  'url',
  'headers',
  'command',
  'args',
  'env',
  'approved',
  'user_ids',
  'client_id',
  'client_secret',
])

/** Adds a tool server or changes one. Secrets are never shown; left empty they stay. */
export function ServerSheet({ server, onClose }: ServerSheetProps) {
  const t = useTranslations('toolServers')
  const common = useTranslations('common')
  const { addPrograms } = usePermissions()
  const add = useAddServer()
  const change = useChangeServer()
  const [transport, setTransport] = useState<'http' | 'stdio'>(server?.transport ?? 'http')
  const [name, setName] = useState(server?.name ?? '')
  const [url, setUrl] = useState(server?.url ?? '')
  const [command, setCommand] = useState(server?.command ?? '')
  const [args, setArgs] = useState(server?.args.join('\n') ?? '')
  const [secrets, setSecrets] = useState('')
  const [users, setUsers] = useState(server?.user_ids ?? null)
  const [seconds, setSeconds] = useState(server?.timeout_seconds?.toString() ?? '')
  const [approved, setApproved] = useState(false)
  const [oauth, setOauth] = useState(server?.oauth ?? false)
  const [client, setClient] = useState(server?.client_id ?? '')
  const [clientSecret, setClientSecret] = useState('')
  const http = transport === 'http'
  const saving = add.isPending || change.isPending
  const error = add.error ?? change.error
  const known = error instanceof ApiError ? error : null
  const refused = known?.param?.split('.')[0]
  const at = (field: string) => (refused === field && known ? toldShortly(known) : null)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const given = pairsOf(secrets, http ? ':' : '=')
    const secret = secrets.trim() === '' ? {} : { [http ? 'headers' : 'env']: given }
    const body = {
      name: name.trim(),
      user_ids: users,
      timeout_seconds: Number(seconds) > 0 ? Number(seconds) : null,
      ...(http
        ? {
            url: url.trim(),
            oauth,
            client_id: client.trim() || null,
            ...(clientSecret !== '' && { client_secret: clientSecret }),
          }
        : { command: command.trim(), args: linesOf(args), ...(approved && { approved }) }),
      ...secret,
    }
    if (server) change.mutate({ id: server.id, body }, { onSuccess: onClose })
    else add.mutate({ ...body, transport, enabled: true }, { onSuccess: onClose })
  }
  const kept = server && server.secret_names.length > 0 ? server.secret_names.join(', ') : null
  const complete = name.trim() !== '' && (http ? url.trim() !== '' : command.trim() !== '')
  return (
    <Sheet title={server ? t('edit', { name: server.name }) : t('add')} onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        {!server && addPrograms && (
          <fieldset>
            <legend className="pb-1.5 font-medium">{t('transport')}</legend>
            <div className="flex flex-wrap gap-2">
              <Toggle pressed={http} onClick={() => setTransport('http')}>
                {t('http')}
              </Toggle>
              <Toggle pressed={!http} onClick={() => setTransport('stdio')}>
                {t('stdio')}
              </Toggle>
            </div>
          </fieldset>
        )}
        <Line label={t('name')} error={at('name')} value={name} onChange={setName} />
        {http ? (
          <Line
            label={t('url')}
            error={at('url')}
            value={url}
            placeholder="https://example.com/mcp"
            onChange={setUrl}
          />
        ) : (
          <>
            <Line
              label={t('command')}
              error={at('command')}
              value={command}
              placeholder="npx"
              onChange={setCommand}
            />
            <Lines
              label={t('args')}
              hint={t('argsHint')}
              error={at('args')}
              value={args}
              onChange={setArgs}
            />
          </>
        )}
        <Lines
          label={t(http ? 'headers' : 'env')}
          hint={kept ? t('secretsKept', { names: kept }) : t(http ? 'headersHint' : 'envHint')}
          error={at(http ? 'headers' : 'env')}
          value={secrets}
          onChange={setSecrets}
        />
        {http && (
          <div>
            <Switch label={t('oauth')} checked={oauth} onChange={setOauth} />
            <p className="text-ink-faint text-mini">{t('oauthHint')}</p>
          </div>
        )}
        {http && oauth && (
          <>
            <Line
              label={t('clientId')}
              hint={t('clientHint', { address: `${window.location.origin}/api/tools/callback` })}
              error={at('client_id')}
              value={client}
              onChange={setClient}
            />
            {client.trim() !== '' && (
              <Line
                label={t('clientSecret')}
                hint={t('clientSecretHint')}
                error={at('client_secret')}
                value={clientSecret}
                secret
                onChange={setClientSecret}
              />
            )}
          </>
        )}
        <PeopleField value={users} error={at('user_ids')} onChange={setUsers} />
        <Line
          label={t('timeout')}
          error={at('timeout_seconds')}
          value={seconds}
          numeric
          onChange={setSeconds}
        />
        {!http && (
          <div className="rounded-md border border-line bg-sunken px-3 py-2">
            <pre className="whitespace-pre-wrap break-all font-mono text-mini">
              {JSON.stringify([command.trim(), ...linesOf(args)])}
            </pre>
            <Switch label={t('approve')} checked={approved} onChange={setApproved} />
            {at('approved') && (
              <p role="alert" className="text-bad text-mini">
                {at('approved')}
              </p>
            )}
          </div>
        )}
        {error && !(refused && fields.has(refused)) && (
          <Problem error={infoOf(error, t('saveFailed'))} label={t('saveFailed')} />
        )}
        <div className="flex flex-wrap justify-end gap-2">
          <Button look="plain" onClick={onClose}>
            {common('cancel')}
          </Button>
          <Button look="solid" type="submit" disabled={!complete || saving}>
            {t('save')}
          </Button>
        </div>
      </form>
    </Sheet>
  )
}

interface FieldProps {
  label: string
  hint?: string
  error: string | null
  value: string
  placeholder?: string
  numeric?: boolean
  secret?: boolean
  onChange(value: string): void
}

function Line(props: FieldProps) {
  const { label, hint, error, value, placeholder, numeric, secret, onChange } = props
  return (
    <Labelled label={label} hint={hint} error={error}>
      {ids => (
        <input
          {...ids}
          value={value}
          placeholder={placeholder}
          inputMode={numeric ? 'numeric' : undefined}
          type={secret ? 'password' : undefined}
          autoComplete={secret ? 'new-password' : 'off'}
          spellCheck={false}
          onChange={event => onChange(event.target.value)}
          className={fieldLook}
        />
      )}
    </Labelled>
  )
}

function Lines({ label, hint, error, value, onChange }: FieldProps) {
  return (
    <Labelled label={label} hint={hint} error={error}>
      {ids => (
        <TextArea
          {...ids}
          rows={2}
          value={value}
          spellCheck={false}
          onChange={event => onChange(event.target.value)}
        />
      )}
    </Labelled>
  )
}
