import { useTranslations } from '@/i18n'
import { Button } from './button'

/** Stands where a part of the page has thrown. */
export function CrashCard({ error }: { error: unknown }) {
  const t = useTranslations('app')
  return (
    <div className="grid h-full place-items-center p-6">
      <div role="alert" className="w-full max-w-lg rounded-md border border-bad bg-bad-wash p-5">
        <h1 className="font-semibold text-reading">{t('crashed')}</h1>
        <p className="mt-1 text-ink-soft">{t('crashedRemedy')}</p>
        <pre className="mt-3 max-h-40 overflow-auto whitespace-pre-wrap break-words rounded-sm bg-sunken p-3 font-mono text-mini">
          {error instanceof Error ? error.message : String(error)}
        </pre>
        <Button look="solid" className="mt-4" onClick={() => location.reload()}>
          {t('reload')}
        </Button>
      </div>
    </div>
  )
}
