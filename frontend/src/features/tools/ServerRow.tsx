import { CircleCheck } from 'lucide-react'
import { useState } from 'react'
import { type ToolServer, useChangeServer, useRemoveServer, useTestServer } from '@/api/tools'
import { Button } from '@/components/button'
import { toastError } from '@/components/toast'
import { useLocale, useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { formatDuration } from '@/lib/format'
import { ChangeButtons } from '../platform/ChangeButtons'
import { Switch } from '../platform/Form'
import { ManagedRow } from '../platform/ManagedRow'
import { infoOf, Problem } from '../platform/States'
import { LogSheet, ToolsSheet } from './sheets'

interface ServerRowProps {
  server: ToolServer
  onEdit(): void
}

/** One tool server: what it is, how it stands, and what can be done with it. */
export function ServerRow({ server, onEdit }: ServerRowProps) {
  const t = useTranslations('toolServers')
  const locale = useLocale()
  const change = useChangeServer()
  const remove = useRemoveServer()
  const test = useTestServer()
  const [open, setOpen] = useState<'tools' | 'log' | null>(null)
  const { id, name, enabled } = server
  const where = server.url ?? [server.command, ...server.args].join(' ')
  const problem = test.data?.error ?? (test.data ? null : server.error)
  return (
    <ManagedRow
      name={name}
      where={where}
      facts={
        <>
          <span className="flex items-center gap-1.5">
            <span
              aria-hidden
              className={cn(
                'size-2 rounded-full',
                !enabled || server.state === 'idle'
                  ? 'bg-line-strong'
                  : { connecting: 'bg-live', connected: 'bg-good', failed: 'bg-bad' }[server.state],
              )}
            />
            {enabled ? t(`state.${server.state}`) : t('off')}
          </span>
          {server.says && <span>{server.says}</span>}
          {server.secret_names.length > 0 && <span>{server.secret_names.join(', ')}</span>}
        </>
      }
      actions={
        <>
          <Switch
            hidden
            label={t('enabled')}
            name={t('enabledOf', { name })}
            checked={change.isPending ? !enabled : enabled}
            disabled={change.isPending}
            onChange={next =>
              change.mutate(
                { id, body: { enabled: next } },
                { onError: error => toastError(error, t('saveFailed')) },
              )
            }
          />
          <Button
            className="ml-2"
            aria-label={t('testOf', { name })}
            disabled={test.isPending}
            onClick={() => test.mutate(id)}
          >
            {test.isPending ? t('testing') : t('test')}
          </Button>
          <Button
            aria-label={t('toolsOf', { name })}
            disabled={!enabled}
            onClick={() => setOpen('tools')}
          >
            {t('tools')}
          </Button>
          <Button look="plain" aria-label={t('logOf', { name })} onClick={() => setOpen('log')}>
            {t('log')}
          </Button>
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
        </>
      }
    >
      {test.data?.reachable && (
        <p role="status" className="tabular mt-3 flex items-center gap-1.5 font-medium">
          <CircleCheck className="size-4 shrink-0 text-good" aria-hidden />
          {t('reachable', {
            count: test.data.tools.length,
            time: test.data.took_ms === null ? '–' : formatDuration(test.data.took_ms, locale),
          })}
        </p>
      )}
      {problem && (
        <Problem error={problem} label={t('unreachable')} said={t('said')} className="mt-3" />
      )}
      {test.isError && (
        <Problem
          error={infoOf(test.error, t('unreachable'))}
          label={t('unreachable')}
          className="mt-3"
        />
      )}
      {open === 'tools' && <ToolsSheet server={server} onClose={() => setOpen(null)} />}
      {open === 'log' && <LogSheet server={server} onClose={() => setOpen(null)} />}
    </ManagedRow>
  )
}
