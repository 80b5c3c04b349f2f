import { useQuery } from '@tanstack/react-query'
import { Plus, Search } from 'lucide-react'
import { useState } from 'react'
import { promptList, useImport } from '@/api/prompts'
import { Button } from '@/components/button'
import { fieldLook } from '@/components/field'
import { useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { Empty, Failure, Waiting } from '../platform/States'
import { Files, Refused } from './Files'
import { PromptAreas } from './PromptAreas'
import { PromptRow } from './PromptRow'
import { type Edited, PromptSheet } from './PromptSheet'

/** All prompts: found, written, changed, taken elsewhere and brought in. */
export function PromptsPage() {
  const t = useTranslations('prompts')
  const query = useQuery(promptList())
  const [sought, setSought] = useState('')
  const [edited, setEdited] = useState<Edited | null>(null)
  const bring = useImport('prompts')
  const prompts = query.data ?? []
  const wanted = sought.trim().toLowerCase()
  const found = prompts.filter(one =>
    [one.name, one.command, one.description, one.content].some(text =>
      text.toLowerCase().includes(wanted),
    ),
  )
  const add = (
    <Button
      look={prompts.length === 0 ? 'solid' : 'line'}
      onClick={() => setEdited({ id: null, from: {} })}
    >
      <Plus className="size-4" aria-hidden />
      {t('add')}
    </Button>
  )
  return (
    <>
      <PromptAreas />
      <div className="mb-4 flex flex-wrap items-center gap-2">
        {prompts.length > 0 && (
          <div className="relative min-w-40 flex-1 basis-52">
            <Search
              aria-hidden
              className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-ink-faint"
            />
            <input
              type="search"
              aria-label={t('search')}
              placeholder={t('search')}
              value={sought}
              onChange={event => setSought(event.target.value)}
              className={cn(fieldLook, 'pl-8.5')}
            />
          </div>
        )}
        <div className="ml-auto flex flex-wrap items-center gap-2">
          <Files kind="prompts" bring={bring} any={prompts.some(one => one.own)} />
          {prompts.length > 0 && add}
        </div>
      </div>
      <Refused bring={bring} />
      <Waiting pending={query.isPending} />
      {query.isError && !query.data && (
        <Failure error={query.error} title={t('loadFailed')} onRetry={() => query.refetch()} />
      )}
      {query.data?.length === 0 && (
        <Empty title={t('empty')} note={t('emptyNote', { example: '{{topic}}' })}>
          {add}
        </Empty>
      )}
      {prompts.length > 0 && found.length === 0 && (
        <p role="status" className="py-8 text-center text-ink-soft">
          {t('none', { query: sought })}
        </p>
      )}
      <ul className="flex flex-col gap-2.5 empty:hidden">
        {found.map(prompt => (
          <PromptRow key={prompt.id} prompt={prompt} onEdit={setEdited} />
        ))}
      </ul>
      {edited && (
        <PromptSheet key={edited.id ?? 'new'} edited={edited} onClose={() => setEdited(null)} />
      )}
    </>
  )
}
