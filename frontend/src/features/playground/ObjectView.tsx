import { CircleCheck } from 'lucide-react'
import { useState } from 'react'
import { CopyButton } from '@/components/copy-button'
import { useTranslations } from '@/i18n'
import { Choice } from '../platform/Choice'
import { pretty } from './schema'

const isDict = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A validated object: as a table, or as it came. */
export function ObjectView({ value }: { value: unknown }) {
  const t = useTranslations('playground')
  const common = useTranslations('common')
  const [view, setView] = useState<'table' | 'json'>('table')
  return (
    <div>
      <div className="mb-2.5 flex flex-wrap items-center gap-2">
        <p className="flex items-center gap-1.5 font-medium">
          <CircleCheck className="size-4 text-good" aria-hidden />
          {t('valid')}
        </p>
        <div className="ml-auto flex items-center gap-1">
          <Choice
            label={t('object')}
            value={view}
            options={[
              { value: 'table', label: t('asTable') },
              { value: 'json', label: t('asJson') },
            ]}
            onChange={setView}
            className="bg-pressed"
          />
          <CopyButton label={common('copy')} text={() => pretty(value)} />
        </div>
      </div>
      {view === 'json' ? (
        <pre className="overflow-auto whitespace-pre-wrap break-words font-mono text-mini leading-relaxed">
          {pretty(value)}
        </pre>
      ) : (
        <Value value={value} />
      )}
    </div>
  )
}

function Value({ value }: { value: unknown }) {
  const t = useTranslations('playground')
  if (isDict(value)) return <Fields value={value} />
  if (Array.isArray(value)) return <List items={value} />
  if (value === null || value === undefined) {
    return <span className="text-ink-faint">{t('nothing')}</span>
  }
  if (typeof value === 'boolean') return value ? t('yes') : t('no')
  return <span className="tabular whitespace-pre-wrap break-words">{String(value)}</span>
}

const cell = 'border-line border-b px-3 py-1.5 text-left align-top'

function Fields({ value }: { value: Record<string, unknown> }) {
  const t = useTranslations('playground')
  return (
    <table className="w-full border-collapse overflow-hidden rounded-sm bg-raised">
      <thead className="sr-only">
        <tr>
          <th scope="col">{t('field')}</th>
          <th scope="col">{t('value')}</th>
        </tr>
      </thead>
      <tbody>
        {Object.entries(value).map(([key, inner]) => (
          <tr key={key}>
            <th scope="row" className={`${cell} w-1/3 font-medium text-ink-soft`}>
              {key}
            </th>
            <td className={cell}>
              <Value value={inner} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** Objects with the same fields as rows of one table; anything else one below the other. */
function List({ items }: { items: unknown[] }) {
  const [first] = items
  const columns = isDict(first) ? Object.keys(first) : []
  const alike =
    columns.length > 0 &&
    items.every(item => isDict(item) && columns.every(column => !isDict(item[column])))
  if (!alike) {
    return (
      <ul className="flex flex-col gap-1">
        {items.map((item, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list does not change
          <li key={at}>
            <Value value={item} />
          </li>
        ))}
      </ul>
    )
  }
  return (
    <div className="overflow-x-auto">
      <table className="w-full border-collapse rounded-sm bg-raised">
        <thead>
          <tr>
            {columns.map(column => (
              <th key={column} scope="col" className={`${cell} font-medium text-ink-soft`}>
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((item, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the list does not change
            <tr key={at}>
              {columns.map(column => (
                <td key={column} className={cell}>
                  <Value value={(item as Record<string, unknown>)[column]} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
