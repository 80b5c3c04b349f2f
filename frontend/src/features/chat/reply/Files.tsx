import { FileText, FileX } from 'lucide-react'
import { useRef } from 'react'
import { fileAddress, thumbnailAddress } from '@/api/files'
import type { FilePart, Message } from '@/api/types'
import { Enlarged } from '@/components/enlarged'
import { useLocale, useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { formatBytes, formatNumber } from '@/lib/format'
import { setUi } from '@/lib/ui'

/** The files of a message: images as pictures, documents as cards that tell what the model read. */
export function Files({ message, className }: { message: Message; className?: string }) {
  const t = useTranslations('files')
  const files = message.parts
    .filter(part => part.type === 'file')
    .sort((one, other) => Number(one.width === null) - Number(other.width === null))
  if (files.length === 0) return null
  return (
    <ul
      aria-label={t('attached')}
      className={cn('mb-1.5 flex max-w-[85%] flex-wrap justify-end gap-2', className)}
    >
      {files.map(file => (
        <li key={file.file_id} className="min-w-0">
          <FileView file={file} />
        </li>
      ))}
    </ul>
  )
}

/** A file as what it is: a picture, a card, or only its name where its owner removed it. */
export function FileView({ file }: { file: FilePart }) {
  const t = useTranslations('files')
  if (file.gone) return <Removed>{t('gone', { name: file.name })}</Removed>
  return file.width === null ? <Document file={file} /> : <Picture file={file} />
}

/** Stands in the place of a file that there is no more. */
export function Removed({ children }: { children: string }) {
  return (
    <p className="flex min-h-11 max-w-full items-center gap-2.5 rounded-md border border-line border-dashed px-3 py-1.5 text-control text-ink-faint">
      <FileX aria-hidden className="size-4 shrink-0" />
      <span className="min-w-0 truncate">{children}</span>
    </p>
  )
}

/** A picture of a message; its place is kept before it is there. */
function Picture({ file }: { file: FilePart }) {
  const t = useTranslations('files')
  const button = useRef<HTMLButtonElement>(null)
  const { name, width, height } = file
  return (
    <Enlarged
      url={fileAddress(file.file_id)}
      name={name}
      label={t('enlarge', { name })}
      close={t('close')}
      button={button}
      className="block cursor-zoom-in overflow-hidden rounded-md border border-line"
    >
      <img
        src={thumbnailAddress(file.file_id)}
        alt={name}
        width={width ?? undefined}
        height={height ?? undefined}
        loading="lazy"
        className="h-auto max-h-60 w-auto max-w-full object-contain"
      />
    </Enlarged>
  )
}

function Document({ file }: { file: FilePart }) {
  const t = useTranslations('files')
  const locale = useLocale()
  const tokens = t('about', { tokens: t('tokens', { count: file.tokens }) })
  const some =
    file.pages !== null && file.total !== null && file.pages < file.total
      ? t('someOf', { taken: formatNumber(file.pages, locale), total: String(file.total) })
      : null
  return (
    <button
      type="button"
      aria-label={t('preview', { name: file.name })}
      onClick={() => setUi({ drawer: { what: 'file', file } })}
      className="flex min-h-11 max-w-full items-center gap-2.5 rounded-md border border-line bg-raised px-3 py-1.5 text-left hover:bg-hover"
    >
      {file.media_type === 'application/pdf' ? (
        <img
          src={thumbnailAddress(file.file_id)}
          alt=""
          loading="lazy"
          className="size-9 shrink-0 rounded-[5px] border border-line object-cover object-top"
        />
      ) : (
        <FileText aria-hidden className="size-4 shrink-0 text-ink-faint" />
      )}
      <span className="min-w-0">
        <span className="block truncate font-medium text-control">{file.name}</span>
        <span className="tabular block text-ink-soft text-mini">
          {[formatBytes(file.size, locale), some, tokens].filter(Boolean).join(' · ')}
        </span>
      </span>
    </button>
  )
}
