import { Link } from '@tanstack/react-router'
import { Download, FileText, Trash2 } from 'lucide-react'
import { useRef, useState } from 'react'
import { fileAddress, type KeptFile, thumbnailAddress } from '@/api/files'
import { IconButton } from '@/components/button'
import { Enlarged } from '@/components/enlarged'
import { useFormatter, useLocale, useTranslations } from '@/i18n'
import { formatBytes, formatNumber } from '@/lib/format'
import { Really } from './Really'

/** Kinds that have a name of their own in every language. */
const names: Record<string, string> = {
  'application/pdf': 'PDF',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'Word',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'PowerPoint',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'Excel',
}

interface FileRowProps {
  file: KeptFile
  chosen: boolean
  onChoose(on: boolean): void
  onOpen(): void
}

/** One file: what it is, where it was said, and what can be done with it. */
export function FileRow({ file, chosen, onChoose, onOpen }: FileRowProps) {
  const t = useTranslations('kept')
  const locale = useLocale()
  const format = useFormatter()
  const [asked, setAsked] = useState(false)
  const { name } = file
  const image = file.width !== null
  const kind = image ? t('image') : (names[file.media_type] ?? t('text'))
  const when = format.dateTime(new Date(file.created_at), { dateStyle: 'medium' })
  return (
    <li className="border-line border-b py-2">
      <div className="flex items-center gap-3">
        <input
          type="checkbox"
          aria-label={t('select', { name })}
          className="size-4 shrink-0 accent-(--accent) touch:size-5"
          checked={chosen}
          onChange={event => onChoose(event.target.checked)}
        />
        <Preview file={file} />
        <div className="min-w-0 flex-1">
          {image ? (
            <p className="truncate font-medium">{name}</p>
          ) : (
            <button
              type="button"
              aria-label={t('open', { name })}
              onClick={onOpen}
              className="block max-w-full truncate text-left font-medium hover:underline"
            >
              {name}
            </button>
          )}
          <p className="tabular text-ink-soft text-mini">
            {[kind, formatBytes(file.size, locale), when].join(' · ')}
          </p>
          <Places file={file} />
        </div>
        <div className="flex shrink-0 gap-1 touch:gap-0">
          <a
            href={fileAddress(file.id)}
            download={name}
            aria-label={t('download', { name })}
            title={t('download', { name })}
            className="grid size-8 shrink-0 place-items-center rounded-sm text-ink-soft hover:bg-hover hover:text-ink touch:size-11"
          >
            <Download aria-hidden className="size-4" />
          </a>
          <IconButton
            label={t('remove', { name })}
            aria-expanded={asked}
            onClick={() => setAsked(!asked)}
          >
            <Trash2 aria-hidden className="size-4" />
          </IconButton>
        </div>
      </div>
      {asked && (
        <div className="mt-2">
          <Really files={[file]} onKeep={() => setAsked(false)} />
        </div>
      )}
    </li>
  )
}

function Preview({ file }: { file: KeptFile }) {
  const t = useTranslations('kept')
  const button = useRef<HTMLButtonElement>(null)
  const { id, name, media_type } = file
  const picture = (
    <img
      src={thumbnailAddress(id)}
      alt=""
      loading="lazy"
      className="size-11 rounded-[5px] border border-line object-cover object-top"
    />
  )
  if (file.width !== null) {
    return (
      <Enlarged
        url={fileAddress(id)}
        name={name}
        label={t('enlarge', { name })}
        close={t('close')}
        button={button}
        className="shrink-0 cursor-zoom-in"
      >
        {picture}
      </Enlarged>
    )
  }
  return (
    <span className="grid size-11 shrink-0 place-items-center text-ink-faint">
      {media_type === 'application/pdf' ? picture : <FileText aria-hidden className="size-5" />}
    </span>
  )
}

/** The chats that a file was said in. */
function Places({ file }: { file: KeptFile }) {
  const t = useTranslations('kept')
  const sidebar = useTranslations('sidebar')
  const locale = useLocale()
  if (file.chat_count === 0) return <p className="text-ink-faint text-mini">{t('unsent')}</p>
  const shown = file.chats.slice(0, 3)
  const more = file.chat_count - shown.length
  return (
    <ul className="flex flex-wrap gap-x-2 text-mini">
      {shown.map(({ chat_id: chatId, title, deleted }) => (
        <li key={chatId} className="min-w-0 max-w-full truncate">
          {deleted ? (
            <span className="text-ink-faint">
              {t('inTrash', { title: title || sidebar('untitled') })}
            </span>
          ) : (
            <Link to="/c/$chatId" params={{ chatId }} className="text-accent hover:underline">
              {title || sidebar('untitled')}
            </Link>
          )}
        </li>
      ))}
      {more > 0 && (
        <li className="text-ink-faint">{t('moreChats', { count: formatNumber(more, locale) })}</li>
      )}
    </ul>
  )
}
