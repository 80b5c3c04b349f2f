import { useInfiniteQuery } from '@tanstack/react-query'
import { Search } from 'lucide-react'
import { useDeferredValue, useId, useState } from 'react'
import { type FileFilter, type KeptFile, keptFiles } from '@/api/files'
import { Button } from '@/components/button'
import { fieldLook } from '@/components/field'
import { Progress } from '@/components/progress'
import { Empty, Waiting } from '@/features/platform/States'
import { useLocale, useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { formatBytes } from '@/lib/format'
import { FileRow } from './FileRow'
import { Really } from './Really'

interface FilesPageProps {
  /** Shows what models read of a document. */
  onOpen(file: KeptFile): void
}

/** All files of a person: where they are, what they take, and the way to be rid of them. */
export function FilesPage({ onOpen }: FilesPageProps) {
  const t = useTranslations('kept')
  const common = useTranslations('common')
  const [filter, setFilter] = useState<FileFilter>({ q: '', kind: null, order: 'newest' })
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const query = useInfiniteQuery(keptFiles(useDeferredValue(filter)))
  const files = query.data?.pages.flatMap(page => page.items) ?? []
  const selected = files.filter(one => chosen.has(one.id))
  const select = (some: KeptFile[], on: boolean) => {
    const next = new Set(chosen)
    for (const { id } of some) on ? next.add(id) : next.delete(id)
    setChosen(next)
  }
  const use = query.data?.pages[0]
  if (query.isPending) return <Waiting pending rows={3} />
  if (query.isError && files.length === 0) {
    return (
      <div role="alert">
        <p>{t('failed')}</p>
        <Button className="mt-2" onClick={() => query.refetch()}>
          {common('retry')}
        </Button>
      </div>
    )
  }
  if (use?.total === 0) return <Empty title={t('empty')} note={t('emptyNote')} />
  return (
    <>
      {use && <Use total={use.total} used={use.used} allowed={use.allowed} />}
      <Filter filter={filter} onChange={change => setFilter({ ...filter, ...change })} />
      {files.length === 0 ? (
        <Empty title={t('none')} note={t('noneNote')} />
      ) : (
        <>
          <Selection
            files={files}
            selected={selected}
            onSelect={select}
            onRemoved={() => setChosen(new Set())}
          />
          <ul className={cn('border-line border-t', query.isPlaceholderData && 'opacity-60')}>
            {files.map(file => (
              <FileRow
                key={file.id}
                file={file}
                chosen={chosen.has(file.id)}
                onChoose={on => select([file], on)}
                onOpen={() => onOpen(file)}
              />
            ))}
          </ul>
        </>
      )}
      {query.hasNextPage && (
        <Button
          className="mt-4"
          disabled={query.isFetchingNextPage}
          onClick={() => query.fetchNextPage()}
        >
          {t('more')}
        </Button>
      )}
    </>
  )
}

interface UseProps {
  total: number
  used: number
  allowed: number | null
}

function Use({ total, used, allowed }: UseProps) {
  const t = useTranslations('kept')
  const locale = useLocale()
  const words = { count: total, used: formatBytes(used, locale) }
  return (
    <div className="mb-5">
      <p className="tabular">
        {allowed === null
          ? t('use', words)
          : t('useOf', { ...words, allowed: formatBytes(allowed, locale) })}
      </p>
      {allowed !== null && (
        <Progress value={used / allowed} label={t('meter')} className="mt-2 [&>div]:bg-accent" />
      )}
    </div>
  )
}

interface FilterProps {
  filter: FileFilter
  onChange(change: Partial<FileFilter>): void
}

function Filter({ filter, onChange }: FilterProps) {
  const t = useTranslations('kept')
  const kinds = { '': t('all'), image: t('images'), document: t('documents') } as const
  const orders = { newest: t('newest'), largest: t('largest') } as const
  return (
    <div className="mb-3 flex flex-wrap gap-2">
      <div className="relative min-w-48 flex-1 basis-56">
        <Search
          className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-ink-faint"
          aria-hidden
        />
        <input
          type="search"
          aria-label={t('search')}
          placeholder={t('search')}
          maxLength={200}
          value={filter.q}
          onChange={event => onChange({ q: event.target.value })}
          className={cn(fieldLook, 'pl-8')}
        />
      </div>
      <Select
        label={t('kinds')}
        value={filter.kind ?? ''}
        options={kinds}
        onChange={kind => onChange({ kind: kind || null })}
      />
      <Select
        label={t('order')}
        value={filter.order}
        options={orders}
        onChange={order => onChange({ order })}
      />
    </div>
  )
}

interface SelectProps<T extends string> {
  label: string
  value: T
  options: Record<T, string>
  onChange(value: T): void
}

function Select<T extends string>({ label, value, options, onChange }: SelectProps<T>) {
  return (
    <select
      aria-label={label}
      value={value}
      onChange={event => onChange(event.target.value as T)}
      className={cn(fieldLook, 'w-auto max-md:flex-1')}
    >
      {Object.entries<string>(options).map(([key, words]) => (
        <option key={key} value={key}>
          {words}
        </option>
      ))}
    </select>
  )
}

interface SelectionProps {
  files: KeptFile[]
  selected: KeptFile[]
  onSelect(files: KeptFile[], on: boolean): void
  onRemoved(): void
}

/** Takes all that are shown, says how many are taken, and asks before they are gone. */
function Selection({ files, selected, onSelect, onRemoved }: SelectionProps) {
  const t = useTranslations('kept')
  const locale = useLocale()
  const id = useId()
  const [asked, setAsked] = useState(false)
  const size = selected.reduce((sum, one) => sum + one.size, 0)
  const all = selected.length === files.length
  return (
    <div className="flex min-h-11 flex-wrap items-center gap-x-3 gap-y-2 py-1.5">
      <label htmlFor={id} className="-mx-1 flex min-h-8 items-center gap-2.5 px-1 touch:min-h-11">
        <input
          id={id}
          type="checkbox"
          className="size-4 accent-(--accent)"
          checked={all}
          ref={box => {
            if (box) box.indeterminate = selected.length > 0 && !all
          }}
          onChange={event => onSelect(files, event.target.checked)}
        />
        <span className={cn(selected.length > 0 && 'sr-only')}>{t('selectAll')}</span>
      </label>
      {selected.length > 0 && (
        <>
          <span role="status" className="tabular min-w-0 flex-1">
            {t('selected', { count: selected.length, size: formatBytes(size, locale) })}
          </span>
          {!asked && <Button onClick={() => setAsked(true)}>{t('removeSome')}</Button>}
          {asked && (
            <Really files={selected} onKeep={() => setAsked(false)} onRemoved={onRemoved} />
          )}
        </>
      )}
    </div>
  )
}
