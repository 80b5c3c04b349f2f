import { useInfiniteQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { Download, FileText } from 'lucide-react'
import { Fragment, useEffect, useMemo, useRef } from 'react'
import { ApiError } from '@/api/errors'
import { type SharedChat, type SharedMessage, sharedChat, sharedFile } from '@/api/sharing'
import type { FilePart, Part } from '@/api/types'
import { Button } from '@/components/button'
import { Enlarged } from '@/components/enlarged'
import { Mark } from '@/components/mark'
import { useFormatter, useLocale, useTranslations } from '@/i18n'
import { toldShortly } from '@/i18n/errors'
import { cn } from '@/lib/cn'
import { useDelayed } from '@/lib/delayed'
import { formatBytes } from '@/lib/format'
import { useTitle } from '@/lib/title'
import { callOf } from '../live'
import { Removed } from '../reply/Files'
import { Markdown } from '../reply/Markdown'
import { imageSource } from '../reply/markdown/links'
import { Thinking } from '../reply/Thinking'
import { ToolCall } from '../reply/ToolCall'
import { WithChatsWords } from '../words'

const wordsOf = (error: Error) => (error instanceof ApiError ? toldShortly(error) : error.message)

/** A chat as whoever has the link reads it: no login, nothing to press but what unfolds. */
export default function SharedPage() {
  useNoIndex()
  return (
    <WithChatsWords>
      <Shared />
    </WithChatsWords>
  )
}

/** The server says it in a header; whoever keeps only the document is told too. */
function useNoIndex(): void {
  useEffect(() => {
    const meta = document.createElement('meta')
    meta.name = 'robots'
    meta.content = 'noindex, nofollow'
    document.head.append(meta)
    return () => meta.remove()
  }, [])
}

function Shared() {
  const t = useTranslations('shared')
  const { token = '' } = useParams({ strict: false })
  const query = useInfiniteQuery(sharedChat(token))
  const waiting = useDelayed(query.isPending)
  const pages = query.data?.pages
  const chat = pages?.[0]
  const messages = useMemo(() => pages?.toReversed().flatMap(page => page.messages) ?? [], [pages])
  useTitle(chat?.title || t('shared'))
  if (query.isError && !chat) {
    const gone = query.error instanceof ApiError && query.error.status === 404
    return (
      <main className="mx-auto flex h-full max-w-96 flex-col justify-center px-6 text-center">
        <h1 className="font-semibold text-title">{gone ? t('gone') : t('failed')}</h1>
        <p className="mt-1 text-ink-soft">{gone ? t('goneNote') : wordsOf(query.error)}</p>
      </main>
    )
  }
  if (!chat) return waiting ? <div aria-hidden className="h-full animate-pulse bg-ground" /> : null
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto w-full max-w-[calc(var(--reading)+3rem)] px-4 pt-6 pb-16 md:px-6 md:pt-12">
        <Head chat={chat} />
        <main>
          {chat.system_prompt && (
            <details className="mb-6 rounded-md border border-line px-4 py-2.5">
              <summary className="cursor-pointer font-medium text-ink-soft">{t('prompt')}</summary>
              <p className="mt-2 whitespace-pre-wrap break-words">{chat.system_prompt}</p>
            </details>
          )}
          {query.hasNextPage && (
            <div className="mb-6 text-center">
              <Button disabled={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
                {t('earlier')}
              </Button>
            </div>
          )}
          {messages.map(message => (
            <Said key={message.id} token={token} message={message} author={chat.author} />
          ))}
        </main>
        <footer className="mt-10 flex items-center gap-2 border-line border-t pt-4 text-ink-faint text-mini">
          <Mark className="size-4 shrink-0" />
          {t('made')}
        </footer>
      </div>
    </div>
  )
}

function Head({ chat }: { chat: SharedChat }) {
  const t = useTranslations('shared')
  const format = useFormatter()
  const day = format.dateTime(new Date(chat.created_at), { dateStyle: 'long' })
  return (
    <header className="mb-8 border-line border-b pb-4">
      <h1 className="break-words font-semibold text-display tracking-tight">
        {chat.title || t('shared')}
      </h1>
      <p className="mt-1 text-ink-soft">
        {[chat.author ? t('by', { name: chat.author }) : t('shared'), day, chat.live && t('live')]
          .filter(Boolean)
          .join(' · ')}
      </p>
    </header>
  )
}

interface SaidProps {
  token: string
  message: SharedMessage
  author: string | null
}

function Said({ token, message, author }: SaidProps) {
  const t = useTranslations('shared')
  const mine = message.role === 'user'
  const name = mine ? (author ?? t('person')) : (message.model ?? t('model'))
  const final = ['complete', 'stopped', 'interrupted', 'error'].includes(message.status)
  return (
    <article aria-label={name} className={mine ? 'mb-5 flex flex-col items-end' : 'mb-7'}>
      <h2
        className={
          mine
            ? 'mb-1 text-ink-faint text-mini'
            : 'mb-1 flex min-h-7 items-center gap-2 font-medium text-control'
        }
      >
        {!mine && <Mark className="size-4 text-ink-faint" />}
        {name}
      </h2>
      {mine ? (
        <>
          <Files token={token} parts={message.parts} mine />
          {message.content && (
            <p className="max-w-[85%] whitespace-pre-wrap break-words rounded-lg bg-said px-4 py-2.5 text-reading">
              {message.content}
            </p>
          )}
        </>
      ) : (
        message.parts.map((part, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a stored message does not change
          <Fragment key={index}>
            <Piece token={token} part={part} id={`${message.id}-${index}`} />
          </Fragment>
        ))
      )}
      {!final && <p className="mt-2 text-ink-soft">{t('unfinished')}</p>}
    </article>
  )
}

function Piece({ token, part, id }: { token: string; part: Part; id: string }) {
  switch (part.type) {
    case 'thinking': {
      const ms = part.duration_ms ?? null
      const piece = { type: 'thinking' as const, text: part.text, open: false, startedAt: null, ms }
      return <Thinking piece={piece} id={id} />
    }
    case 'tool_use':
      return (
        <ToolCall
          generationId={null}
          piece={{
            type: 'tool_use',
            id: part.id,
            name: part.name,
            text: part.arguments,
            open: false,
            call: callOf(part),
          }}
        />
      )
    case 'text':
      return <Markdown text={part.text} finished id={id} />
    default:
      return <Files token={token} parts={[part]} />
  }
}

interface FilesProps {
  token: string
  parts: Part[]
  /** They stand at the right, as what the person said. */
  mine?: boolean
}

/** What was attached to a message. Pictures of elsewhere are not asked for. */
function Files({ token, parts, mine = false }: FilesProps) {
  const found = parts.filter(
    part =>
      part.type === 'file' || (part.type === 'image' && imageSource(part.url)?.kind === 'inline'),
  )
  if (found.length === 0) return null
  return (
    <div className={cn('mb-1.5 flex max-w-[85%] flex-wrap gap-2', mine && 'justify-end')}>
      {found.map((part, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a stored message does not change
        <Fragment key={index}>
          {part.type === 'image' && <Picture url={part.url} name="" />}
          {part.type === 'file' && <SharedFile token={token} file={part} />}
        </Fragment>
      ))}
    </div>
  )
}

function SharedFile({ token, file }: { token: string; file: FilePart }) {
  const t = useTranslations('shared')
  const locale = useLocale()
  const { name } = file
  const url = sharedFile(token, file.file_id)
  if (file.gone) return <Removed>{t('removed', { name })}</Removed>
  if (file.width !== null) return <Picture url={url} name={name} size={file} />
  return (
    <a
      href={url}
      download={name}
      aria-label={t('download', { name })}
      className="flex min-h-11 max-w-full items-center gap-2.5 rounded-md border border-line bg-raised px-3 py-1.5 hover:bg-hover"
    >
      <FileText aria-hidden className="size-4 shrink-0 text-ink-faint" />
      <span className="min-w-0">
        <span className="block truncate font-medium text-control">{name}</span>
        <span className="tabular block text-ink-soft text-mini">
          {formatBytes(file.size, locale)}
        </span>
      </span>
      <Download aria-hidden className="size-4 shrink-0 text-ink-faint" />
    </a>
  )
}

interface PictureProps {
  url: string
  name: string
  size?: { width: number | null; height: number | null }
}

function Picture({ url, name, size }: PictureProps) {
  const t = useTranslations('shared')
  const button = useRef<HTMLButtonElement>(null)
  return (
    <Enlarged
      url={url}
      name={name}
      label={t('enlarge', { name })}
      close={t('close')}
      button={button}
      className="block cursor-zoom-in overflow-hidden rounded-md border border-line"
    >
      <img
        src={url}
        alt={t('picture', { name })}
        width={size?.width ?? undefined}
        height={size?.height ?? undefined}
        loading="lazy"
        className="h-auto max-h-80 w-auto max-w-full object-contain"
      />
    </Enlarged>
  )
}
