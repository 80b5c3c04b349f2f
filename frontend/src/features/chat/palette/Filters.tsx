import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { SearchFilter } from '@/api/chats'
import { modelList } from '@/api/models'
import { folderList, tagList } from '@/api/shelves'
import { useTranslations } from '@/i18n'

const days = { week: 7, month: 30, year: 365 } as const
const nowhere = '\u0000'

interface FiltersProps {
  filter: SearchFilter
  onChange(filter: SearchFilter): void
}

/** Where the palette searches: who said it, when, in which folder, with which tag, by which model. */
export function Filters({ filter, onChange }: FiltersProps) {
  const t = useTranslations('palette')
  const { data: folders = [] } = useQuery(folderList())
  const { data: tags = [] } = useQuery(tagList())
  const { data: models = [] } = useQuery(modelList())
  const change = (part: SearchFilter) => onChange({ ...filter, ...part })
  const since = (period: string) => {
    const back = days[period as keyof typeof days]
    // Whole hours, so that the same question is asked once.
    const hour = Math.floor(Date.now() / 3_600_000) * 3_600_000
    return back && new Date(hour - back * 86_400_000).toISOString()
  }
  return (
    // The arrow keys mean the fields here, not the list below.
    // biome-ignore lint/a11y/noStaticElementInteractions: it only keeps keys of its fields to itself
    <div
      className="grid grid-cols-2 gap-1.5 border-line border-b px-3 py-2 md:flex md:flex-wrap"
      onKeyDown={event => event.key !== 'Escape' && event.stopPropagation()}
    >
      <Select label={t('anyone')} onChange={role => change({ role: role || undefined })}>
        <option value="user">{t('you')}</option>
        <option value="assistant">{t('model')}</option>
      </Select>
      <Select label={t('anyTime')} onChange={period => change({ since: since(period) })}>
        {(['week', 'month', 'year'] as const).map(period => (
          <option key={period} value={period}>
            {t(period)}
          </option>
        ))}
      </Select>
      <Select
        label={t('anyFolder')}
        onChange={folder =>
          change({ folder: folder === nowhere ? '' : folder === '' ? undefined : folder })
        }
      >
        <option value={nowhere}>{t('noFolder')}</option>
        {folders.map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </Select>
      <Select label={t('anyTag')} onChange={tag => change({ tag: tag || undefined })}>
        {tags.map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </Select>
      <Select label={t('anyModel')} onChange={model => change({ model: model || undefined })}>
        {models
          .filter(one => one.kind === 'chat')
          .map(one => (
            <option key={one.id} value={one.id}>
              {one.name}
            </option>
          ))}
      </Select>
      <Select
        label={t('everywhere')}
        onChange={which => change({ archived: which === '' ? undefined : which === 'archived' })}
      >
        <option value="active">{t('active')}</option>
        <option value="archived">{t('archivedOnly')}</option>
      </Select>
    </div>
  )
}

interface SelectProps {
  /** What it is called, and what stands in it while nothing is chosen. */
  label: string
  onChange(value: string): void
  children: ReactNode
}

function Select({ label, onChange, children }: SelectProps) {
  return (
    <select
      aria-label={label}
      onChange={event => onChange(event.target.value)}
      className="h-7 min-w-0 truncate md:max-w-32 rounded-sm border border-line-strong bg-raised px-1.5 text-ink-soft text-mini hover:border-ink-faint touch:h-11 touch:text-base"
    >
      <option value="">{label}</option>
      {children}
    </select>
  )
}
