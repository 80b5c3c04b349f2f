import { type FormEvent, useState } from 'react'
import { useSaveEndpoint, useTestEndpoint } from '@/api/control/endpoints'
import type { Endpoint, EndpointBody } from '@/api/control/types'
import { Button } from '@/components/button'
import { fieldLook } from '@/components/field'
import { useTranslations } from '@/i18n'
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
    const body: EndpointBody = {
      name: name.trim(),
      base_url: address.trim(),
      models: linesOf(models),
      enabled,
      ...keyChange,
    }
    save.mutate({ ...body, id: endpoint?.id }, { onSuccess: onClose })
  }
  const tryIt = () => {
    const unchanged = endpoint?.base_url === address.trim() && !key && !forgotten
    test.mutate(
      unchanged && endpoint ? { id: endpoint.id } : { base_url: address.trim(), ...keyChange },
    )
  }
  const found = test.data?.reachable ? test.data.models : []
  return (
    <Sheet title={endpoint ? t('editTitle') : t('add')} onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Labelled label={t('name')} hint={t('nameHint')}>
          {ids => (
            <input
              {...ids}
              value={name}
              maxLength={120}
              autoComplete="off"
              onChange={event => setName(event.target.value)}
              className={fieldLook}
            />
          )}
        </Labelled>
        <Labelled label={t('url')} hint={t('urlHint')} error={badAddress ? t('urlBad') : null}>
          {ids => (
            <input
              {...ids}
              value={address}
              inputMode="url"
              placeholder="https://api.example.com/v1"
              autoComplete="off"
              spellCheck={false}
              onChange={event => setAddress(event.target.value)}
              onBlur={() => setLeft(true)}
              className={fieldLook}
            />
          )}
        </Labelled>
        <Labelled label={t('key')} hint={endpoint?.has_key ? t('keyKept') : t('keyHint')}>
          {ids => (
            <input
              {...ids}
              type="password"
              value={key}
              disabled={forgotten}
              autoComplete="new-password"
              onChange={event => setKey(event.target.value)}
              className={fieldLook}
            />
          )}
        </Labelled>
        {endpoint?.has_key && (
          <Switch label={t('keyRemove')} checked={forgotten} onChange={setForgotten} />
        )}
        <Labelled label={t('models')} hint={t('modelsHint')}>
          {ids => (
            <TextArea
              {...ids}
              rows={2}
              value={models}
              spellCheck={false}
              onChange={event => setModels(event.target.value)}
            />
          )}
        </Labelled>
        <Switch label={t('enabled')} checked={enabled} onChange={setEnabled} />
        <TestResult
          result={test.data}
          error={test.isError ? infoOf(test.error, t('testFailed')) : null}
        />
        {save.isError && (
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
