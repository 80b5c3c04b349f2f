import { FileText, TextCursorInput, X } from 'lucide-react'
import { useLocale, useTranslations } from '@/i18n'
import { formatBytes } from '@/lib/format'
import { type Attachment, longestInBox } from './attachments'

interface AttachmentsProps {
  attachments: Attachment[]
  onRemove(id: string): void
  onIntoText(id: string): void
}

const small =
  'grid size-6 shrink-0 place-items-center rounded-sm text-ink-faint hover:bg-hover hover:text-ink touch:size-11'

/** What will go along with the message. */
export function Attachments({ attachments, onRemove, onIntoText }: AttachmentsProps) {
  const t = useTranslations('composer')
  const locale = useLocale()
  if (attachments.length === 0) return null
  return (
    <ul className="flex flex-wrap gap-2 px-3 pt-3">
      {attachments.map(one => {
        const name = one.name ?? t('pasted')
        return (
          <li
            key={one.id}
            className="flex max-w-full items-center gap-2 rounded-sm border border-line bg-sunken py-1 pr-1 pl-2 text-mini"
          >
            {one.kind === 'image' ? (
              <img src={one.url} alt="" className="size-9 rounded-[5px] object-cover" />
            ) : (
              <FileText aria-hidden className="size-4 shrink-0 text-ink-faint" />
            )}
            <span className="min-w-0">
              <span className="block truncate font-medium">{name}</span>
              {one.kind === 'text' && (
                <span className="tabular block text-ink-soft">
                  {t('lines', { count: one.lines })} · {formatBytes(one.text.length, locale)}
                </span>
              )}
            </span>
            {one.kind === 'text' && one.text.length <= longestInBox && (
              <button
                type="button"
                className={small}
                aria-label={t('intoText', { name })}
                title={t('intoText', { name })}
                onClick={() => onIntoText(one.id)}
              >
                <TextCursorInput aria-hidden className="size-3.5" />
              </button>
            )}
            <button
              type="button"
              className={small}
              aria-label={t('remove', { name })}
              title={t('remove', { name })}
              onClick={() => onRemove(one.id)}
            >
              <X aria-hidden className="size-3.5" />
            </button>
          </li>
        )
      })}
    </ul>
  )
}
