import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ArrowLeft } from 'lucide-react'
import { useState } from 'react'
import { instanceList } from '@/api/control/instances'
import type { RunningInstance } from '@/api/control/types'
import { modelList } from '@/api/models'
import { StateDot } from '@/components/state-dot'
import { useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { engineName } from '@/lib/engines'
import { readSchema, toJsonSchema } from '@/lib/schema'
import { Tabbed } from '../platform/Choice'
import { Room } from '../platform/Room'
import { Empty, Failure, Waiting } from '../platform/States'
import { ChatTab } from './ChatTab'
import { CodePanel } from './CodePanel'
import type { Asked } from './code'
import { EmbeddingsTab } from './EmbeddingsTab'
import { GenerateTab } from './GenerateTab'
import { messagesOf } from './messages'
import { Parameters } from './Parameters'
import { linesOf, type PlayDrafts, PlayProvider, usePlay } from './play'
import { RerankTab } from './RerankTab'
import { StructuredTab } from './StructuredTab'

const tabs = {
  chat: ['generate', 'chat', 'structured'],
  embedding: ['embeddings'],
  rerank: ['rerank'],
} as const

type Tab = (typeof tabs)[keyof typeof tabs][number]

/** Everything that one instance can be asked, without a chat. */
export function PlaygroundPage({ runId }: { runId: string }) {
  const t = useTranslations('playground')
  const platform = useTranslations('platform')
  const query = useQuery(instanceList())
  const models = useQuery(modelList())
  const instance = query.data?.find(one => one.run_id === runId)
  const kind = models.data?.find(one => one.id === instance?.variant)?.kind
  return (
    <Room title={t('title')}>
      <Waiting pending={query.isPending || models.isPending} />
      {query.isError && !query.data && (
        <Failure
          error={query.error}
          title={platform('loadFailed')}
          onRetry={() => query.refetch()}
        />
      )}
      {query.data && !instance && (
        <Empty title={t('gone')} note={t('goneNote')}>
          <BackLink />
        </Empty>
      )}
      {instance && models.data && (
        <>
          <Head instance={instance} />
          {instance.state === 'ready' ? (
            <PlayProvider key={runId} runId={runId}>
              <Tries instance={instance} kind={kind ?? 'chat'} />
            </PlayProvider>
          ) : (
            <p className="text-ink-soft">{t('wait')}</p>
          )}
        </>
      )}
    </Room>
  )
}

function BackLink() {
  const t = useTranslations('playground')
  return (
    <Link to="/running" className="inline-flex items-center gap-1 text-accent hover:underline">
      <ArrowLeft className="size-4" aria-hidden />
      {t('back')}
    </Link>
  )
}

function Head({ instance }: { instance: RunningInstance }) {
  const t = useTranslations('playground')
  return (
    <div className="mb-4">
      <BackLink />
      <h2 className="mt-1.5 flex items-center gap-2 font-semibold text-title">
        <StateDot state={instance.state} />
        <span className="sr-only">{t('title')}: </span>
        <span className="truncate">{instance.name}</span>
        <span className="font-normal text-control text-ink-soft">
          {engineName(instance.engine)}
        </span>
      </h2>
    </div>
  )
}

interface TriesProps {
  instance: RunningInstance
  kind: string
}

function Tries({ instance, kind }: TriesProps) {
  const t = useTranslations('playground')
  const { drafts, set, sampling, runId } = usePlay()
  const mine = tabs[kind as keyof typeof tabs] ?? tabs.chat
  const [tab, setTab] = useState<Tab>(mine.includes('chat' as never) ? 'chat' : mine[0])
  const text = kind !== 'embedding' && kind !== 'rerank'
  const stream = tab === 'generate' || tab === 'chat'
  const snippet = {
    origin: location.origin,
    model: instance.model,
    runId,
    asked: askedOf(tab, drafts),
    params: text ? sampling : {},
    stream,
  }
  return (
    <div className="grid gap-5 lg:grid-cols-[minmax(0,1fr)_19rem]">
      <div className="flex min-w-0 flex-col gap-5">
        <Tabbed
          label={t('tabs')}
          value={tab}
          options={mine.map(one => ({ value: one as Tab, label: t(one) }))}
          onChange={setTab}
        >
          <div className={cn(mine.length > 1 && 'pt-4')}>
            {tab === 'generate' && <GenerateTab />}
            {tab === 'chat' && <ChatTab />}
            {tab === 'structured' && <StructuredTab />}
            {tab === 'embeddings' && <EmbeddingsTab />}
            {tab === 'rerank' && <RerankTab />}
          </div>
        </Tabbed>
        <CodePanel snippet={snippet} />
      </div>
      {text && (
        <div>
          <Parameters
            drafts={drafts.sampling}
            thinks={instance.capabilities.includes('thinking')}
            onChange={next => set({ sampling: next })}
          />
        </div>
      )}
    </div>
  )
}

/** What the tab would ask now, to be shown as code. */
function askedOf(tab: Tab, drafts: PlayDrafts): Asked {
  switch (tab) {
    case 'generate':
      return { kind: 'generate', prompt: drafts.prompt }
    case 'chat': {
      const said = drafts.turns.filter(
        (turn, at) => turn.role === 'user' || at < drafts.turns.length - 1,
      )
      const next = drafts.message.trim()
        ? [...drafts.turns, { role: 'user' as const, content: drafts.message }]
        : said
      const messages = messagesOf(drafts.system, next)
      return {
        kind: 'chat',
        messages: messages.length > 0 ? messages : [{ role: 'user', content: 'Hello' }],
      }
    }
    case 'structured': {
      const { schema, simple } = readSchema(drafts.schema)
      const given = schema ?? {}
      return {
        kind: 'structured',
        prompt: drafts.question,
        schema: given,
        jsonSchema: simple ? toJsonSchema(given) : given,
      }
    }
    case 'embeddings':
      return { kind: 'embeddings', input: linesOf(drafts.texts) }
    case 'rerank':
      return { kind: 'rerank', query: drafts.query, documents: linesOf(drafts.documents) }
  }
}
