import { CircleCheck } from 'lucide-react'
import { useState } from 'react'
import { CopyButton } from '@/components/copy-button'
import { Value } from '@/components/value-view'
import { useTranslations } from '@/i18n'
import { pretty } from '@/lib/schema'
import { Choice } from '../platform/Choice'

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
