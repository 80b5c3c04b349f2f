import { BookOpen, FileText, RotateCw, TextCursorInput, X } from 'lucide-react'
import { thumbnailAddress } from '@/api/files'
import { Button } from '@/components/button'
import { useLocale, useTranslations } from '@/i18n'
import { told } from '@/i18n/errors'
import { cn } from '@/lib/cn'
import { formatBytes, formatNumber, formatPercent } from '@/lib/format'
import { setUi } from '@/lib/ui'
import { type Attachment, isImage, longestInBox, partOf, tokensOf } from './attachments'

interface AttachmentsProps {
  attachments: Attachment[]
  onRemove(one: Attachment): void
  onRetry(id: string, name: string): void
  /** Attach pictures of the pages instead; left out where the model sees none. */
  onImages?(id: string, name: string): void
  onIntoText(one: Attachment): void
  /** Read all of its pages again. */
  onWhole(one: Attachment): void
}

const small =
  'grid size-6 shrink-0 place-items-center rounded-sm text-ink-faint hover:bg-hover hover:text-ink touch:size-11'

/** What will go along with the message. */
export function Attachments(props: AttachmentsProps) {
  const { attachments, onRemove, onRetry, onImages, onIntoText, onWhole } = props
  const t = useTranslations('files')
  const c = useTranslations('composer')
  if (attachments.length === 0) return null
  return (
    <ul
      aria-label={t('attached')}
      className="flex max-h-[30dvh] flex-wrap gap-2 overflow-y-auto px-3 pt-3"
    >
      {attachments.map(one => (
        <li
          key={one.id}
          className={cn(
            'relative flex max-w-full items-center gap-2 overflow-hidden rounded-sm border bg-sunken py-1 pr-1 pl-2 text-mini',
            one.step === 'failed' ? 'border-bad' : 'border-line',
            onImages && isScanned(one) && 'flex-wrap',
          )}
        >
          <Face one={one} />
          {one.step === 'failed' && !isScanned(one) && (
            <button
              type="button"
              className={small}
              aria-label={t('retry', { name: one.name })}
              title={t('retry', { name: one.name })}
              onClick={() => onRetry(one.id, one.name)}
            >
              <RotateCw aria-hidden className="size-3.5" />
            </button>
          )}
          {one.pages !== null && (
            <button
              type="button"
              className={small}
              aria-label={t('readAll', { name: one.name })}
              title={t('readAll', { name: one.name })}
              onClick={() => onWhole(one)}
            >
              <BookOpen aria-hidden className="size-3.5" />
            </button>
          )}
          {one.text !== null && one.text.length <= longestInBox && (
            <button
              type="button"
              className={small}
              aria-label={c('intoText', { name: one.name })}
              title={c('intoText', { name: one.name })}
              onClick={() => onIntoText(one)}
            >
              <TextCursorInput aria-hidden className="size-3.5" />
            </button>
          )}
          <button
            type="button"
            className={small}
            aria-label={c('remove', { name: one.name })}
            title={c('remove', { name: one.name })}
            onClick={() => onRemove(one)}
          >
            <X aria-hidden className="size-3.5" />
          </button>
          {onImages && isScanned(one) && (
            <div className="basis-full pb-1 pl-6">
              <Button onClick={() => onImages(one.id, one.name)}>{t('asImages')}</Button>
            </div>
          )}
          {(one.step === 'sending' || one.step === 'reading') && (
            <span
              aria-hidden
              className={cn(
                'absolute bottom-0 left-0 h-0.5 bg-live transition-[width]',
                one.step === 'reading' && 'animate-pulse',
              )}
              style={{ width: `${Math.round(one.progress * 100)}%` }}
            />
          )}
        </li>
      ))}
    </ul>
  )
}

/** Whether it is a PDF without text, whose pages can be given as images. */
const isScanned = (one: Attachment) => one.error?.code === 'file_scanned'

/** The picture, the name and how it stands; a document that is ready can be looked into. */
function Face({ one }: { one: Attachment }) {
  const t = useTranslations('files')
  const part = partOf(one)
  const inner = (
    <>
      <Picture one={one} />
      <span className="min-w-0 max-w-64 text-left">
        <span className="block truncate font-medium">{one.name}</span>
        <Standing one={one} />
      </span>
    </>
  )
  if (!part || isImage(part))
    return <span className="flex min-w-0 items-center gap-2">{inner}</span>
  return (
    <button
      type="button"
      aria-label={t('preview', { name: one.name })}
      onClick={() => setUi({ drawer: { what: 'file', file: part } })}
      className="flex min-w-0 items-center gap-2 rounded-[5px] hover:text-accent touch:min-h-11"
    >
      {inner}
    </button>
  )
}

function Picture({ one }: { one: Attachment }) {
  const { file } = one
  const drawn = file !== null && (isImage(file) || file.media_type === 'application/pdf')
  const url = one.preview ?? (drawn ? thumbnailAddress(file.id) : null)
  if (url)
    return (
      <img src={url} alt="" className="size-9 shrink-0 rounded-[5px] object-cover object-top" />
    )
  return <FileText aria-hidden className="size-4 shrink-0 text-ink-faint" />
}

function Standing({ one }: { one: Attachment }) {
  const t = useTranslations('files')
  const locale = useLocale()
  const figures = useFigures()
  if (one.step === 'failed') {
    const { message, remedy, said } = one.error
      ? told(one.error)
      : { message: t('offline'), remedy: t('offlineRemedy'), said: null }
    return (
      <span role="alert" className="block text-bad">
        {message} <span className="text-ink-soft">{said ?? remedy}</span>
      </span>
    )
  }
  if (one.step === 'sending') {
    const share = formatPercent(one.progress, locale)
    return <span className="tabular block text-ink-soft">{t('sending', { share })}</span>
  }
  if (one.step === 'reading') return <span className="block text-ink-soft">{t('reading')}</span>
  return <span className="tabular block text-ink-soft">{figures(one)}</span>
}

/** Returns what says how large an attachment is: bytes, pages or pixels, tokens. */
function useFigures() {
  const t = useTranslations('files')
  const locale = useLocale()
  return ({ file, pages, size }: Attachment): string => {
    if (!file) return formatBytes(size, locale)
    const total = file.page_kind && file.pages ? t(file.page_kind, { count: file.pages }) : null
    const extent =
      file.width && file.height
        ? t('pixels', {
            width: formatNumber(file.width, locale),
            height: formatNumber(file.height, locale),
          })
        : total && pages
          ? t('someOf', { taken: formatNumber(pages, locale), total })
          : file.page_kind !== 'part'
            ? total
            : null
    const tokens = t('about', { tokens: t('tokens', { count: tokensOf(file, pages) }) })
    return [formatBytes(size, locale), extent, tokens].filter(Boolean).join(' · ')
  }
}
