import { Search } from 'lucide-react'
import { useId } from 'react'
import type { CatalogModel } from '@/api/control/types'
import { Button } from '@/components/button'
import { fieldLook } from '@/components/field'
import { useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { engineName } from '@/lib/engines'
import { Choice } from '../platform/Choice'
import { Toggle } from '../platform/Form'
import { type Filters, isFiltered, kinds, noFilters } from './filters'

interface FilterBarProps {
  models: CatalogModel[]
  filters: Filters
  onChange(filters: Filters): void
}

/** What is looked for: kind, words, engine, abilities, and what can be used here. */
export function FilterBar({ models, filters, onChange }: FilterBarProps) {
  const t = useTranslations('catalogue')
  const id = useId()
  const set = (change: Partial<Filters>) => onChange({ ...filters, ...change })
  const mine = models.filter(model => model.kind === filters.kind)
  const engines = [...new Set(mine.flatMap(model => model.engines))].sort()
  const abilities = (['tools', 'vision', 'thinking'] as const).filter(name =>
    mine.some(model => model.capabilities.includes(name)),
  )
  return (
    <search aria-label={t('filters')} className="mb-5 flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <Choice
          label={t('kinds')}
          value={filters.kind}
          options={kinds.map(kind => ({ value: kind, label: t(kind) }))}
          onChange={kind => set({ kind, engine: '', capability: '' })}
        />
        <div className="relative min-w-48 flex-1 md:max-w-80">
          <Search
            aria-hidden
            className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-ink-faint"
          />
          <input
            type="search"
            value={filters.query}
            aria-label={t('search')}
            placeholder={t('search')}
            onChange={event => set({ query: event.target.value })}
            className={cn(fieldLook, 'pl-8')}
          />
        </div>
      </div>
      <div className="flex flex-wrap items-center gap-2">
        <Toggle pressed={filters.fits} onClick={() => set({ fits: !filters.fits })}>
          {t('fitsOnly')}
        </Toggle>
        <Toggle
          pressed={filters.downloaded}
          onClick={() => set({ downloaded: !filters.downloaded })}
        >
          {t('downloadedOnly')}
        </Toggle>
        {abilities.map(name => (
          <Toggle
            key={name}
            pressed={filters.capability === name}
            onClick={() => set({ capability: filters.capability === name ? '' : name })}
          >
            {t(name)}
          </Toggle>
        ))}
        {engines.length > 1 && (
          <>
            <label htmlFor={id} className="sr-only">
              {t('engine')}
            </label>
            <select
              id={id}
              value={filters.engine}
              onChange={event => set({ engine: event.target.value })}
              className={cn(fieldLook, 'h-8 w-auto rounded-full pr-7')}
            >
              <option value="">{t('anyEngine')}</option>
              {engines.map(engine => (
                <option key={engine} value={engine}>
                  {engineName(engine)}
                </option>
              ))}
            </select>
          </>
        )}
        {isFiltered(filters) && (
          <Button look="plain" onClick={() => onChange({ ...noFilters, kind: filters.kind })}>
            {t('clear')}
          </Button>
        )}
      </div>
    </search>
  )
}
