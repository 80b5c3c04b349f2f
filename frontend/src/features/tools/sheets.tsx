import { useQuery } from '@tanstack/react-query'
import {
  type Policy,
  type Tool,
  type ToolServer,
  toolServerLogs,
  toolsOf,
  useDecide,
} from '@/api/tools'
import { fieldLook } from '@/components/field'
import { toastError } from '@/components/toast'
import { useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { Sheet } from '../platform/Sheet'
import { Failure, Waiting } from '../platform/States'

interface SheetProps {
  server: ToolServer
  onClose(): void
}

/** A server's tools, and what holds for each. */
export function ToolsSheet({ server, onClose }: SheetProps) {
  const t = useTranslations('toolServers')
  const query = useQuery(toolsOf(server.id))
  return (
    <Sheet title={t('toolsOf', { name: server.name })} onClose={onClose}>
      <Waiting pending={query.isPending} rows={3} />
      {query.isError && (
        <Failure error={query.error} title={t('unreachable')} onRetry={() => query.refetch()} />
      )}
      <ul className="flex flex-col divide-y divide-line">
        {query.data?.map(tool => (
          <ToolRow key={tool.name} server={server} tool={tool} />
        ))}
      </ul>
    </Sheet>
  )
}

const policies = ['ask', 'always', 'never'] as const

function ToolRow({ server, tool }: { server: ToolServer; tool: Tool }) {
  const t = useTranslations('toolServers')
  const decide = useDecide()
  const claims = [
    tool.read_only === true && t('readOnly'),
    tool.destructive === true && t('destructive'),
  ].filter(Boolean)
  return (
    <li className="flex flex-wrap items-start gap-x-3 gap-y-1.5 py-3">
      <div className="min-w-0 flex-1 basis-56">
        <h3 className="break-all font-medium font-mono">{tool.name}</h3>
        <p className="whitespace-pre-line break-words text-ink-soft">{tool.description}</p>
        {claims.length > 0 && <p className="text-ink-faint text-mini">{claims.join(' · ')}</p>}
        {tool.changed && <p className="text-bad">{t('changed')}</p>}
        {tool.refused && <p className="text-bad">{t('refused', { why: tool.refused })}</p>}
        <details className="text-mini">
          <summary className="min-h-6 cursor-pointer text-ink-faint touch:min-h-11">
            {t('schema')}
          </summary>
          <pre className="max-h-60 overflow-auto whitespace-pre-wrap break-words rounded-sm bg-sunken p-2 font-mono">
            {JSON.stringify(tool.schema, null, 2)}
          </pre>
        </details>
      </div>
      {tool.refused === null && (
        <select
          aria-label={t('policyOf', { name: tool.name })}
          value={tool.policy}
          disabled={decide.isPending}
          onChange={event =>
            decide.mutate(
              { id: server.id, policies: { [tool.name]: event.target.value as Policy } },
              { onError: error => toastError(error, t('saveFailed')) },
            )
          }
          className={cn(fieldLook, 'w-auto')}
        >
          {policies.map(policy => (
            <option key={policy} value={policy}>
              {t(`policy.${policy}`)}
            </option>
          ))}
        </select>
      )}
    </li>
  )
}

/** What a server has written last. */
export function LogSheet({ server, onClose }: SheetProps) {
  const t = useTranslations('toolServers')
  const { data: lines } = useQuery(toolServerLogs(server.id))
  return (
    <Sheet title={t('logOf', { name: server.name })} onClose={onClose}>
      {lines?.length === 0 && <p className="text-ink-soft">{t('noLines')}</p>}
      {lines && lines.length > 0 && (
        <pre
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region needs focus
          tabIndex={0}
          className="max-h-[60dvh] overflow-auto whitespace-pre-wrap break-words rounded-sm bg-sunken p-3 font-mono text-mini"
        >
          {lines.join('\n')}
        </pre>
      )}
    </Sheet>
  )
}
