import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useId, useState } from 'react'
import {
  type OwnEndpoint as Endpoint,
  ownEndpoint,
  useRemoveOwn,
  useSaveOwn,
  useTestOwn,
} from '@/api/own'
import { Button } from '@/components/button'
import { fieldLook } from '@/components/field'
import { Section } from '@/components/section'
import { toast, toastError } from '@/components/toast'
import { useTranslations } from '@/i18n'
import { ConnectionFields, useConnection, useRefusals } from '../endpoints/Connection'
import { Outcome } from '../endpoints/TestResult'
import { WithConnectionWords } from '../endpoints/words'
import { Labelled } from '../platform/Form'

const fields = ['base_url', 'model', 'api_key']

/** A model elsewhere that only this person has: its address, its name there, its key. */
export function OwnEndpoint() {
  const t = useTranslations('own')
  const { data, isSuccess } = useQuery(ownEndpoint())
  return (
    <Section title={t('title')}>
      <p className="-mt-1 text-ink-soft">{t('intro')}</p>
      <WithConnectionWords>
        {isSuccess && <OwnForm key={data?.id ?? 'none'} stored={data} />}
      </WithConnectionWords>
    </Section>
  )
}

function OwnForm({ stored }: { stored: Endpoint | null }) {
  const t = useTranslations('own')
  const words = useTranslations('connection')
  const save = useSaveOwn()
  const test = useTestOwn()
  const names = useId()
  const connection = useConnection(stored)
  const [model, setModel] = useState(stored?.model ?? '')
  const { at, forget } = useRefusals(save, test)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const body = { ...connection.body, model: model.trim() }
    save.mutate(body, {
      onSuccess: () => {
        connection.setKey('')
        connection.setForgotten(false)
        toast({ title: t('saved', { model: body.model }) })
      },
    })
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <ConnectionFields connection={connection} at={at} onChange={forget} />
      <Labelled label={t('model')} hint={t('modelHint')} error={at('model')}>
        {ids => (
          <>
            <input
              {...ids}
              value={model}
              list={names}
              autoComplete="off"
              spellCheck={false}
              maxLength={200}
              onChange={event => {
                setModel(event.target.value)
                save.reset()
              }}
              className={fieldLook}
            />
            <datalist id={names}>
              {test.data?.models.map(name => (
                <option key={name} value={name} />
              ))}
            </datalist>
          </>
        )}
      </Labelled>
      {!at(...fields) && <Outcome test={test} notSaved={save.error} failed={t('failed')} />}
      <div className="flex flex-wrap gap-2">
        <Button
          disabled={!connection.complete || test.isPending}
          onClick={() => test.mutate(connection.body)}
        >
          {words(test.isPending ? 'testing' : 'test')}
        </Button>
        {stored && <Remove stored={stored} />}
        <Button
          look="solid"
          type="submit"
          className="ml-auto"
          disabled={!connection.complete || model.trim() === '' || save.isPending}
        >
          {t('save')}
        </Button>
      </div>
    </form>
  )
}

/** Asks once more in its own place: a key cannot be brought back. */
function Remove({ stored }: { stored: Endpoint }) {
  const t = useTranslations('own')
  const common = useTranslations('common')
  const remove = useRemoveOwn()
  const [asking, setAsking] = useState(false)
  if (!asking) {
    return (
      <Button look="plain" onClick={() => setAsking(true)}>
        {t('remove')}
      </Button>
    )
  }
  return (
    <fieldset className="flex w-full flex-wrap items-center gap-2 rounded-sm bg-sunken px-3 py-2">
      <legend className="sr-only">{t('remove')}</legend>
      <span className="min-w-0 flex-1">{t('sure', { model: stored.model })}</span>
      <Button look="plain" onClick={() => setAsking(false)}>
        {common('cancel')}
      </Button>
      <Button
        disabled={remove.isPending}
        onClick={() =>
          remove.mutate(undefined, {
            onSuccess: () => toast({ title: t('removed') }),
            onError: error => toastError(error, t('failed')),
          })
        }
      >
        {t('remove')}
      </Button>
    </fieldset>
  )
}
