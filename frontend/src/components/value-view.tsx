import { useTranslations } from '@/i18n'

const isDict = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A JSON value as people read it: objects as fields, lists of like objects as a table. */
export function Value({ value }: { value: unknown }) {
  const t = useTranslations('reply')
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
  const t = useTranslations('reply')
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
