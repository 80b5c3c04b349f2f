import { useQuery } from '@tanstack/react-query'
import { CircleCheck } from 'lucide-react'
import { type FormEvent, useId, useState } from 'react'
import { ApiError } from '@/api/errors'
import {
  type OwnEndpoint as Endpoint,
  type OwnTest,
  ownEndpoint,
  useRemoveOwn,
  useSaveOwn,
  useTestOwn,
} from '@/api/own'
import { Button } from '@/components/button'
import { fieldLook } from '@/components/field'
import { Section } from '@/components/section'
import { toast, toastError } from '@/components/toast'
import { useLocale, useTranslations } from '@/i18n'
import { told, toldShortly } from '@/i18n/errors'
import { formatDuration } from '@/lib/format'
import { Labelled, Switch } from '../platform/Form'

const isAddress = (text: string) => /^https?:\/\/[^\s/]+/.test(text)
const fields = new Set(['base_url', 'model', 'api_key'])

/** A model elsewhere that only this person has: its address, its name there, its key. */
export function OwnEndpoint() {
  const t = useTranslations('own')
  const { data, isSuccess } = useQuery(ownEndpoint())
  return (
    <Section title={t('title')}>
      <p className="-mt-1 text-ink-soft">{t('intro')}</p>
      {isSuccess && <OwnForm key={data?.id ?? 'none'} stored={data} />}
    </Section>
  )
}

function sameOrigin(one: string, other: string): boolean {
  try {
    return new URL(one).origin === new URL(other.trim()).origin
  } catch {
    return false
  }
}

function OwnForm({ stored }: { stored: Endpoint | null }) {
  const t = useTranslations('own')
  const save = useSaveOwn()
  const test = useTestOwn()
  const names = useId()
  const [address, setAddress] = useState(stored?.base_url ?? '')
  const [model, setModel] = useState(stored?.model ?? '')
  const [key, setKey] = useState('')
  const [forgotten, setForgotten] = useState(false)
  const [left, setLeft] = useState(false)
  const keyChange = forgotten ? { api_key: '' } : key ? { api_key: key } : {}
  const refused = [save.error, test.error].find(
    (error): error is ApiError => error instanceof ApiError && fields.has(error.param ?? ''),
  )
  const at = (field: string) => (refused?.param === field ? toldShortly(refused) : null)
  const moved = stored?.has_key && isAddress(address) && !sameOrigin(stored.base_url, address)
  const change = (set: () => void) => {
    set()
    save.reset()
    test.reset()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const body = { base_url: address.trim(), model: model.trim(), ...keyChange }
    save.mutate(body, {
      onSuccess: () => {
        setKey('')
        setForgotten(false)
        toast({ title: t('saved', { model: body.model }) })
      },
    })
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <Labelled
        label={t('url')}
        hint={t('urlHint')}
        error={left && address !== '' && !isAddress(address) ? t('urlBad') : at('base_url')}
      >
        {ids => (
          <input
            {...ids}
            value={address}
            inputMode="url"
            autoComplete="off"
            spellCheck={false}
            maxLength={2048}
            placeholder="https://api.example.com/v1"
            onChange={event => change(() => setAddress(event.target.value))}
            onBlur={() => setLeft(true)}
            className={fieldLook}
          />
        )}
      </Labelled>
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
      <Labelled
        label={t('key')}
        hint={t(moved ? 'keyMoved' : stored?.has_key ? 'keyKept' : 'keyHint')}
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
      {stored?.has_key && (
        <Switch
          label={t('keyRemove')}
          checked={forgotten}
          onChange={next => change(() => setForgotten(next))}
        />
      )}
      <Found test={test.data} error={refused ? null : (test.error ?? save.error)} />
      <div className="flex flex-wrap gap-2">
        <Button
          disabled={!isAddress(address) || test.isPending}
          onClick={() => test.mutate({ base_url: address.trim(), ...keyChange })}
        >
          {test.isPending ? t('testing') : t('test')}
        </Button>
        {stored && <Remove stored={stored} />}
        <Button
          look="solid"
          type="submit"
          className="ml-auto"
          disabled={!isAddress(address) || model.trim() === '' || save.isPending}
        >
          {t('save')}
        </Button>
      </div>
    </form>
  )
}

/** What a try came to. */
function Found({ test, error }: { test: OwnTest | undefined; error: Error | null }) {
  const t = useTranslations('own')
  const locale = useLocale()
  const failed = error instanceof ApiError ? error.info : (test?.error ?? null)
  if (test?.reachable) {
    return (
      <p
        role="status"
        className="tabular flex items-center gap-1.5 rounded-sm bg-sunken px-3 py-2.5"
      >
        <CircleCheck className="size-4 shrink-0 text-good" aria-hidden />
        {t('reachable', {
          count: test.models.length,
          time: test.took_ms === null ? '–' : formatDuration(test.took_ms, locale),
        })}
      </p>
    )
  }
  if (!failed) return null
  const { message, remedy, said } = told(failed)
  return (
    <div role="alert" className="rounded-md border border-bad/45 bg-bad-wash px-4 py-3">
      <p className="break-words font-medium">{message}</p>
      {remedy && <p className="mt-0.5 break-words text-ink-soft">{remedy}</p>}
      {(said ?? failed.detail) && (
        <p className="mt-0.5 break-words text-ink-faint text-mini">
          {[said, failed.detail].filter(Boolean).join(' ')}
        </p>
      )}
    </div>
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
