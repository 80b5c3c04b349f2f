import { useQuery } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { ApiError } from '@/api/errors'
import { fileAddress, fileText } from '@/api/files'
import type { FilePart } from '@/api/types'
import { Drawer } from '@/components/drawer'
import { useLocale, useTranslations } from '@/i18n'
import { told } from '@/i18n/errors'
import { useDelayed } from '@/lib/delayed'
import { formatNumber, inARow } from '@/lib/format'

/** Longer texts would make the page slow; the file itself can be kept. */
const longest = 200_000

/** What a model reads of an attached document, exactly as it stands in the prompt. */
export function FileDrawer({ file, onClose }: { file: FilePart; onClose(): void }) {
  const t = useTranslations('files')
  const locale = useLocale()
  const query = useQuery(fileText(file.file_id, file.pages))
  const waiting = useDelayed(query.isPending)
  const { data } = query
  return (
    <Drawer title={t('readTitle')} broad onClose={onClose}>
      <p className="text-control text-ink-soft">{t('readHint', { name: file.name })}</p>
      <p className="tabular mt-1 flex flex-wrap items-center justify-between gap-2 text-ink-soft text-mini">
        <span>
          {data &&
            (data.taken < data.total
              ? t('someOf', {
                  taken: formatNumber(data.taken, locale),
                  total: t(data.kind, { count: data.total }),
                })
              : t(data.kind, { count: data.total }))}
          {data && ' · '}
          {t('about', { tokens: t('tokens', { count: file.tokens }) })}
        </span>
        <a
          href={fileAddress(file.file_id)}
          download={file.name}
          aria-label={t('download', { name: file.name })}
          title={t('download', { name: file.name })}
          className="grid size-8 place-items-center rounded-sm text-ink-soft hover:bg-hover hover:text-ink touch:size-11"
        >
          <Download aria-hidden className="size-4" />
        </a>
      </p>
      {waiting && <div aria-hidden className="mt-3 h-40 rounded-md bg-hover" />}
      {query.error && <Failed error={query.error} />}
      {data && (
        <pre
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region needs focus
          tabIndex={0}
          className="mt-3 overflow-x-auto whitespace-pre-wrap break-words rounded-md border border-line bg-sunken p-3 font-mono text-mini"
        >
          {data.text.length > longest ? `${data.text.slice(0, longest)}\n…` : data.text}
        </pre>
      )}
    </Drawer>
  )
}

function Failed({ error }: { error: Error }) {
  const t = useTranslations('files')
  const words = error instanceof ApiError ? told(error.info) : null
  return (
    <p role="alert" className="mt-3 text-bad">
      {words ? inARow(words.message, words.said ?? words.remedy) : t('readFailed')}
    </p>
  )
}
