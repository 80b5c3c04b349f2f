import { useQuery } from '@tanstack/react-query'
import { Check, Minus, X } from 'lucide-react'
import { instanceVerification } from '@/api/control/instances'
import type { CheckName } from '@/api/control/types'
import { Tip } from '@/components/tip'
import { useTranslations } from '@/i18n'
import { inEnglish } from '@/i18n/errors'
import { cn } from '@/lib/cn'

const order: CheckName[] = [
  'stream',
  'stop',
  'schema',
  'tools',
  'thinking',
  'vision',
  'embeddings',
  'rerank',
]

/** What was tried after the start, and whether it works. */
export function Verified({ runId }: { runId: string }) {
  const t = useTranslations('instances')
  const { data } = useQuery(instanceVerification(runId))
  if (!data) return null
  const tried = order.filter(name => data.checks[name] && data.checks[name]?.ok !== null)
  if (tried.length === 0) return null
  return (
    <ul aria-label={t('verified')} className="mt-2.5 flex flex-wrap gap-1.5">
      {tried.map(name => (
        <Badge
          key={name}
          name={name}
          ok={data.checks[name]?.ok ?? null}
          note={inEnglish(data.checks[name]?.note)}
        />
      ))}
    </ul>
  )
}

interface BadgeProps {
  name: CheckName
  ok: boolean | null
  note?: string | null
}

function Badge({ name, ok, note }: BadgeProps) {
  const t = useTranslations('instances')
  const word = t(`checks.${name}`)
  const said = t(ok ? 'checkOk' : ok === false ? 'checkBad' : 'checkUntried', { name: word })
  const Icon = ok ? Check : ok === false ? X : Minus
  return (
    <li>
      <Tip label={note ? `${said}. ${note}` : said}>
        <button
          type="button"
          aria-label={note ? `${said}. ${note}` : said}
          className={cn(
            'inline-flex min-h-6 cursor-default! items-center gap-1 rounded-[6px] px-1.5 text-mini',
            ok ? 'bg-hover text-ink-soft' : 'bg-bad-wash text-bad',
          )}
        >
          <Icon className={cn('size-3', ok && 'text-good')} aria-hidden />
          {word}
        </button>
      </Tip>
    </li>
  )
}
