import { KeyRound } from 'lucide-react'
import { useRemoveEndpoint, useSaveEndpoint, useTestEndpoint } from '@/api/control/endpoints'
import type { Endpoint } from '@/api/control/types'
import { Button } from '@/components/button'
import { toastError } from '@/components/toast'
import { useTranslations } from '@/i18n'
import { ChangeButtons } from '../platform/ChangeButtons'
import { Switch } from '../platform/Form'
import { ManagedRow } from '../platform/ManagedRow'
import { TestResult } from './TestResult'

interface EndpointRowProps {
  endpoint: Endpoint
  onEdit(): void
}

/** One endpoint, and whether it answers. */
export function EndpointRow({ endpoint, onEdit }: EndpointRowProps) {
  const t = useTranslations('endpoints')
  const connection = useTranslations('connection')
  const save = useSaveEndpoint()
  const remove = useRemoveEndpoint()
  const test = useTestEndpoint()
  const { id, name, base_url: address, enabled, has_key: hasKey, source } = endpoint
  const ours = source === 'user'
  return (
    <ManagedRow
      name={name}
      where={address || '–'}
      note={ours ? undefined : t('fromConfig')}
      facts={
        <>
          <span className="flex items-center gap-1">
            <KeyRound className="size-3.5" aria-hidden />
            {hasKey ? t('hasKey') : t('noKey')}
          </span>
          <Served endpoint={endpoint} />
        </>
      }
      actions={
        <>
          {ours && (
            <Switch
              hidden
              label={t('enabled')}
              name={t('enabledOf', { name })}
              checked={save.isPending ? !enabled : enabled}
              disabled={save.isPending}
              onChange={next =>
                save.mutate(
                  { id, body: { enabled: next } },
                  { onError: error => toastError(error, t('saveFailed')) },
                )
              }
            />
          )}
          <Button
            className="ml-2"
            aria-label={t('testOf', { name })}
            disabled={test.isPending || !address}
            onClick={() => test.mutate({ id })}
          >
            {test.isPending ? connection('testing') : t('test')}
          </Button>
          {ours && (
            <ChangeButtons
              name={name}
              edit={t('edit', { name })}
              words={{
                label: t('delete', { name }),
                done: t('deleted', { name }),
                failed: t('deleteFailed'),
              }}
              onEdit={onEdit}
              remove={() => remove.mutateAsync(id)}
            />
          )}
        </>
      }
    >
      <TestResult result={test.data} error={test.error} />
    </ManagedRow>
  )
}

/** How many names are shown: more are told as a number. */
const most = 3

/** What it is asked for now; where that is nothing, what it would be asked for. */
function Served({ endpoint: { enabled, models, served } }: { endpoint: Endpoint }) {
  const t = useTranslations('endpoints')
  if (!enabled) return <span>{t('disabled')}</span>
  const names = served.length > 0 ? served : models
  if (names.length === 0) return <span>{t('noModels')}</span>
  return (
    <span className="break-words">
      {names.length > most ? t('modelCount', { count: names.length }) : names.join(', ')}
    </span>
  )
}
