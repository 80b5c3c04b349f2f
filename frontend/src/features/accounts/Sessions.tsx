import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type LoginSession, sessionList, useEndSession } from '@/api/accounts'
import { Button } from '@/components/button'
import { Section } from '@/components/section'
import { toastError } from '@/components/toast'
import { useFormatter, useTranslations } from '@/i18n'
import { Sheet } from '../platform/Sheet'
import { agentOf } from './agent'

/** Where one is logged in; each can be ended, and all at once. */
export function Sessions() {
  const t = useTranslations('account')
  const { data = [] } = useQuery(sessionList())
  const end = useEndSession()
  const [asked, setAsked] = useState(false)
  const failed = { onError: (error: unknown) => toastError(error, t('failed')) }
  return (
    <Section
      title={t('sessions')}
      action={
        <Button look="plain" className="-mr-3" onClick={() => setAsked(true)}>
          {t('endAll')}
        </Button>
      }
    >
      <ul className="flex flex-col gap-1">
        {data.map(one => (
          <Row key={one.id} session={one} onEnd={() => end.mutate(one.id, failed)} />
        ))}
      </ul>
      {asked && (
        <Sheet title={t('endAllSure')} onClose={() => setAsked(false)}>
          <div className="flex justify-end gap-2">
            <Button look="plain" onClick={() => setAsked(false)}>
              {t('cancel')}
            </Button>
            <Button
              look="bad"
              onClick={() => end.mutate(null, { ...failed, onSuccess: () => location.assign('/') })}
            >
              {t('endAll')}
            </Button>
          </div>
        </Sheet>
      )}
    </Section>
  )
}

function Row({ session, onEnd }: { session: LoginSession; onEnd(): void }) {
  const t = useTranslations('account')
  const format = useFormatter()
  const agent = agentOf(session.user_agent)
  const name =
    session.kind === 'token'
      ? t('program')
      : agent
        ? t('browser', { browser: agent.browser, system: agent.system })
        : t('unknownBrowser')
  return (
    <li className="flex min-h-11 items-center justify-between gap-4">
      <div className="min-w-0">
        <p className="truncate font-medium" title={session.user_agent}>
          {name}
        </p>
        <p className="truncate text-ink-faint text-mini">
          {session.address && `${session.address} · `}
          {session.current
            ? t('here')
            : t('seen', { time: format.relativeTime(new Date(session.seen_at), Date.now()) })}
        </p>
      </div>
      {!session.current && <Button onClick={onEnd}>{t('end')}</Button>}
    </li>
  )
}
