import { type FormEvent, useState } from 'react'
import { useSaveEndpoint, useTestEndpoint } from '@/api/control/endpoints'
import type { Endpoint } from '@/api/control/types'
import { ApiError } from '@/api/errors'
import { Button } from '@/components/button'
import { fieldLook } from '@/components/field'
import { useTranslations } from '@/i18n'
import { toldShortly } from '@/i18n/errors'
import { Labelled, Switch, TextArea } from '../platform/Form'
import { Sheet } from '../platform/Sheet'
import { infoOf, Problem } from '../platform/States'
import { TestResult } from './TestResult'

interface EndpointSheetProps {
  /** Null: a new one. */
  endpoint: Endpoint | null
  onClose(): void
}

const isAddress = (text: string) => /^https?:\/\/[^\s/]+/.test(text)
const linesOf = (text: string) =>
  text
    .split('\n')
    .map(line => line.trim())
    .filter(Boolean)

const fields = new Set(['name', 'base_url', 'api_key', 'models'])

/** What the server said of one of the fields here; null where it is about something else. */
function refusalOf(error: unknown): { field: string; words: string } | null {
  if (!(error instanceof ApiError) || error.param === null) return null
  const [field = ''] = error.param.split('.')
  if (!fields.has(field)) return null
  return { field, words: toldShortly(error) }
}

/** Whether a key that was given for one address may be sent to the other. */
function sameOrigin(one: string, other: string): boolean {
  try {
    return new URL(one).origin === new URL(other.trim()).origin
  } catch {
    return false
  }
}

/** Adds an endpoint or changes one. A stored key is never shown; it is kept, replaced, or forgotten. */
export function EndpointSheet({ endpoint, onClose }: EndpointSheetProps) {
  const t = useTranslations('endpoints')
  const common = useTranslations('common')
  const save = useSaveEndpoint()
  const test = useTestEndpoint()
  const [name, setName] = useState(endpoint?.name ?? '')
  const [address, setAddress] = useState(endpoint?.base_url ?? '')
  const [key, setKey] = useState('')
  const [forgotten, setForgotten] = useState(false)
  const [models, setModels] = useState(endpoint?.models.join('\n') ?? '')
  const [enabled, setEnabled] = useState(endpoint?.enabled ?? true)
  const [left, setLeft] = useState(false)
  const badAddress = left && address !== '' && !isAddress(address)
  const complete = name.trim() !== '' && isAddress(address)
  const keyChange = forgotten ? { api_key: '' } : key ? { api_key: key } : {}
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const body = {
      name: name.trim(),
      base_url: address.trim(),
      models: linesOf(models),
      enabled,
      ...keyChange,
    }
    save.mutate(endpoint ? { id: endpoint.id, body } : { body }, { onSuccess: onClose })
  }
  const tryIt = () => {
    const unchanged = endpoint?.base_url === address.trim() && !key && !forgotten
    test.mutate(
      unchanged && endpoint ? { id: endpoint.id } : { base_url: address.trim(), ...keyChange },
    )
  }
  const found = test.data?.reachable ? test.data.models : []
  // What the server refuses about one field is said there, until something is changed.
  const refused = refusalOf(save.error) ?? refusalOf(test.error)
  const at = (field: string) => (refused?.field === field ? refused.words : null)
  const change = (set: () => void) => {
    set()
    save.reset()
    test.reset()
  }
  const moved = endpoint?.has_key && isAddress(address) && !sameOrigin(endpoint.base_url, address)
  return (
    <Sheet title={endpoint ? t('editTitle') : t('add')} onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Labelled label={t('name')} hint={t('nameHint')} error={at('name')}>
          {ids => (
            <input
              {...ids}
              value={name}
              maxLength={120}
              autoComplete="off"
              onChange={event => change(() => setName(event.target.value))}
              className={fieldLook}
            />
          )}
        </Labelled>
        <Labelled
          label={t('url')}
          hint={t('urlHint')}
          error={badAddress ? t('urlBad') : at('base_url')}
        >
          {ids => (
            <input
              {...ids}
              value={address}
              inputMode="url"
              placeholder="https://api.example.com/v1"
              autoComplete="off"
              spellCheck={false}
              onChange={event => change(() => setAddress(event.target.value))}
              onBlur={() => setLeft(true)}
              className={fieldLook}
            />
          )}
        </Labelled>
        <Labelled
          label={t('key')}
          hint={t(moved ? 'keyMoved' : endpoint?.has_key ? 'keyKept' : 'keyHint')}
          error={at('api_key')}
        >
          {ids => (
            <input
              {...ids}
              type="password"
              value={key}
              disabled={forgotten}
              autoComplete="new-password"
              onChange={event => change(() => setKey(event.target.value))}
              className={fieldLook}
            />
          )}
        </Labelled>
        {endpoint?.has_key && (
          <Switch
            label={t('keyRemove')}
            checked={forgotten}
            onChange={next => change(() => setForgotten(next))}
          />
        )}
        <Labelled label={t('models')} hint={t('modelsHint')} error={at('models')}>
          {ids => (
            <TextArea
              {...ids}
              rows={2}
              value={models}
              spellCheck={false}
              onChange={event => {
                setModels(event.target.value)
                save.reset()
              }}
            />
          )}
        </Labelled>
        <Switch label={t('enabled')} checked={enabled} onChange={setEnabled} />
        <TestResult
          result={test.data}
          error={
            test.isError && !refusalOf(test.error) ? infoOf(test.error, t('testFailed')) : null
          }
        />
        {save.isError && !refusalOf(save.error) && (
          <Problem error={infoOf(save.error, t('saveFailed'))} label={t('saveFailed')} />
        )}
        <div className="flex flex-wrap justify-end gap-2">
          {found.length > 0 && (
            <Button look="plain" onClick={() => setModels(found.join('\n'))}>
              {t('useFound')}
            </Button>
          )}
          <Button
            className="mr-auto"
            disabled={!isAddress(address) || test.isPending}
            onClick={tryIt}
          >
            {test.isPending ? t('testing') : t('test')}
          </Button>
          <Button look="plain" onClick={onClose}>
            {common('cancel')}
          </Button>
          <Button look="solid" type="submit" disabled={!complete || save.isPending}>
            {t('save')}
          </Button>
        </div>
      </form>
    </Sheet>
  )
}
