import { ChevronRight } from 'lucide-react'
import { useState } from 'react'
import { CopyButton } from '@/components/copy-button'
import { useTranslations } from '@/i18n'
import { Choice } from '../platform/Choice'
import { codeOf, type Dialect, type Language, type Snippet } from './code'

const languages: { value: Language; label: string }[] = [
  { value: 'curl', label: 'curl' },
  { value: 'python', label: 'Python' },
  { value: 'javascript', label: 'JavaScript' },
]

/** The same request as code, kept in step with what stands in the fields. */
export function CodePanel({ snippet }: { snippet: Snippet }) {
  const t = useTranslations('playground')
  const platform = useTranslations('platform')
  const [language, setLanguage] = useState<Language>('curl')
  const [dialect, setDialect] = useState<Dialect>('own')
  const code = codeOf(snippet, language, dialect)
  return (
    <details className="group rounded-md border border-line bg-raised">
      <summary className="flex min-h-11 cursor-pointer list-none items-center gap-2 px-4 font-medium">
        <ChevronRight
          aria-hidden
          className="size-4 text-ink-faint transition-transform group-open:rotate-90"
        />
        {t('code')}
        <span className="truncate font-normal text-ink-faint max-md:hidden">{t('codeNote')}</span>
      </summary>
      <div className="px-4 pb-4">
        <div className="flex flex-wrap items-center gap-2">
          <Choice
            label={t('dialect')}
            value={dialect}
            options={[
              { value: 'own', label: t('own') },
              { value: 'openai', label: t('openai') },
            ]}
            onChange={setDialect}
          />
          <Choice
            label={t('language')}
            value={language}
            options={languages}
            onChange={setLanguage}
          />
          <CopyButton label={platform('copyCode')} text={() => code} className="ml-auto" />
        </div>
        <pre
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region needs focus
          tabIndex={0}
          className="mt-3 max-h-96 overflow-auto rounded-sm bg-sunken p-3 font-mono text-mini leading-relaxed"
        >
          <code>{code}</code>
        </pre>
      </div>
    </details>
  )
}
