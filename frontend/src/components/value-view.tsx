import type { ReactNode } from 'react'
import { useTranslations } from '@/i18n'

/** What is wrong at one place of a value: names and numbers that lead there, and why. */
export interface Fault {
  path: (string | number)[]
  message: string
}

const isDict = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const none: Fault[] = []

/** Those below one step, as seen from there. */
function below(faults: Fault[], step: string | number): Fault[] {
  if (faults.length === 0) return none
  return faults
    .filter(({ path }) => path[0] === step)
    .map(({ path, message }) => ({ path: path.slice(1), message }))
}

interface ValueProps {
  value: unknown
  /** What is wrong with it, shown where it is wrong. */
  faults?: Fault[]
}

/** A JSON value as people read it: objects as fields, lists of like objects as a table. */
export function Value({ value, faults = none }: ValueProps) {
  const here = faults.filter(({ path }) => path.length === 0)
  if (here.length === 0) return <Read value={value} faults={faults} />
  return (
    <div className="border-bad border-l-2 pl-2.5">
      <Read value={value} faults={faults} />
      <ul className="text-bad text-mini">
        {here.map(({ message }) => (
          <li key={message} className="break-words">
            {message}
          </li>
        ))}
      </ul>
    </div>
  )
}

function Read({ value, faults }: Required<ValueProps>): ReactNode {
  const t = useTranslations('reply')
  if (isDict(value)) return <Fields value={value} faults={faults} />
  if (Array.isArray(value)) return <List items={value} faults={faults} />
  if (value === null || value === undefined) {
    return <span className="text-ink-faint">{t('nothing')}</span>
  }
  if (typeof value === 'boolean') return value ? t('yes') : t('no')
  return <span className="tabular whitespace-pre-wrap break-words">{String(value)}</span>
}

const cell = 'border-line border-b px-3 py-1.5 text-left align-top'

function Fields({ value, faults }: { value: Record<string, unknown>; faults: Fault[] }) {
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
              <Value value={inner} faults={below(faults, key)} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** Objects with the same fields as rows of one table; anything else one below the other. */
function List({ items, faults }: { items: unknown[]; faults: Fault[] }) {
  const [first] = items
  const columns = isDict(first) ? Object.keys(first) : []
  const alike =
    columns.length > 0 &&
    items.every(item => isDict(item) && columns.every(column => !isDict(item[column]))) &&
    // What is wrong with a row as a whole has no place in a table.
    !faults.some(({ path }) => path.length === 1)
  if (!alike) {
    return (
      <ul className="flex flex-col gap-1">
        {items.map((item, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list does not change
          <li key={at}>
            <Value value={item} faults={below(faults, at)} />
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
                  <Value
                    value={(item as Record<string, unknown>)[column]}
                    faults={below(below(faults, at), column)}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
