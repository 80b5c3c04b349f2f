import { type FormEvent, useState } from 'react'
import { useSaveEndpoint, useTestEndpoint } from '@/api/control/endpoints'
import type { Endpoint } from '@/api/control/types'
import { Button } from '@/components/button'
import { fieldLook } from '@/components/field'
import { useTranslations } from '@/i18n'
import { Labelled, Switch, TextArea } from '../platform/Form'
import { Sheet } from '../platform/Sheet'
import { ConnectionFields, useConnection, useRefusals } from './Connection'
import { Outcome } from './TestResult'

interface EndpointSheetProps {
  /** Null: a new one. */
  endpoint: Endpoint | null
  onClose(): void
}

const linesOf = (text: string) =>
  text
    .split('\n')
    .map(line => line.trim())
    .filter(Boolean)

const fields = ['name', 'base_url', 'api_key', 'models']

/** Adds an endpoint or changes one. */
export function EndpointSheet({ endpoint, onClose }: EndpointSheetProps) {
  const t = useTranslations('endpoints')
  const words = useTranslations('connection')
  const common = useTranslations('common')
  const save = useSaveEndpoint()
  const test = useTestEndpoint()
  const [name, setName] = useState(endpoint?.name ?? '')
  const connection = useConnection(endpoint)
  const [models, setModels] = useState(endpoint?.models.join('\n') ?? '')
  const [enabled, setEnabled] = useState(endpoint?.enabled ?? true)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const body = {
      name: name.trim(),
      models: linesOf(models),
      enabled,
      ...connection.body,
    }
    save.mutate(endpoint ? { id: endpoint.id, body } : { body }, { onSuccess: onClose })
  }
  const tryIt = () =>
    test.mutate(endpoint && !connection.changed ? { id: endpoint.id } : connection.body)
  const found = test.data?.reachable ? test.data.models : []
  const { at, forget } = useRefusals(save, test)
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
              onChange={event => {
                setName(event.target.value)
                forget()
              }}
              className={fieldLook}
            />
          )}
        </Labelled>
        <ConnectionFields connection={connection} at={at} onChange={forget} />
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
        {!at(...fields) && <Outcome test={test} notSaved={save.error} failed={t('saveFailed')} />}
        <div className="flex flex-wrap justify-end gap-2">
          {found.length > 0 && (
            <Button look="plain" onClick={() => setModels(found.join('\n'))}>
              {t('useFound')}
            </Button>
          )}
          <Button
            className="mr-auto"
            disabled={!connection.complete || test.isPending}
            onClick={tryIt}
          >
            {words(test.isPending ? 'testing' : 'test')}
          </Button>
          <Button look="plain" onClick={onClose}>
            {common('cancel')}
          </Button>
          <Button
            look="solid"
            type="submit"
            disabled={name.trim() === '' || !connection.complete || save.isPending}
          >
            {t('save')}
          </Button>
        </div>
      </form>
    </Sheet>
  )
}
