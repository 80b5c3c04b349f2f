import { Download, Upload, X } from 'lucide-react'
import { useRef } from 'react'
import { ApiError } from '@/api/errors'
import { exportOf, type Portable, type useImport } from '@/api/prompts'
import { Button, buttonLook, IconButton } from '@/components/button'
import { toast, toastError } from '@/components/toast'
import { useTranslations } from '@/i18n'
import { toldWords } from '@/i18n/errors'

interface FilesProps {
  kind: Portable
  /** The file is being read by the server, and what has become of it. */
  bring: ReturnType<typeof useImport>
  /** Whether there is anything of the person's own to take along. */
  any: boolean
}

/** Takes what is one's own along as a file, and brings a file in. */
export function Files({ kind, bring, any }: FilesProps) {
  const t = useTranslations('prompts')
  const own = useOwnWords(kind)
  const input = useRef<HTMLInputElement>(null)
  const read = async (file: File) => {
    try {
      const report = await bring.mutateAsync(JSON.parse(await file.text()))
      toast({
        title: own.imported(report.added.length),
        text: t('importedNote', { renamed: report.renamed, unchanged: report.unchanged }).trim(),
      })
    } catch (error) {
      if (error instanceof ApiError) toastError(error, own.failed)
      else toast({ title: own.failed, text: own.remedy, tone: 'bad' })
    }
  }
  return (
    <>
      <Button disabled={bring.isPending} onClick={() => input.current?.click()}>
        <Upload className="size-4" aria-hidden />
        {t('import')}
      </Button>
      <input
        ref={input}
        type="file"
        accept=".json,application/json"
        hidden
        tabIndex={-1}
        aria-label={t('import')}
        onChange={event => {
          const [file] = event.currentTarget.files ?? []
          event.currentTarget.value = ''
          if (file) void read(file)
        }}
      />
      {any && (
        <a href={exportOf(kind)} download title={own.note} className={buttonLook('line')}>
          <Download className="size-4" aria-hidden />
          {t('export')}
        </a>
      )}
    </>
  )
}

/** What is said of the one kind and of the other. */
function useOwnWords(kind: Portable) {
  const prompts = useTranslations('prompts')
  const personas = useTranslations('personas')
  if (kind === 'prompts') {
    return {
      imported: (count: number) => prompts('imported', { count }),
      failed: prompts('importFailed'),
      remedy: prompts('importRemedy'),
      note: prompts('exportNote'),
    }
  }
  return {
    imported: (count: number) => personas('imported', { count }),
    failed: personas('importFailed'),
    remedy: personas('importRemedy'),
    note: personas('exportNote'),
  }
}

/** Which entries of the file were not kept, and why. */
export function Refused({ bring }: { bring: ReturnType<typeof useImport> }) {
  const t = useTranslations('prompts')
  const common = useTranslations('common')
  const refused = bring.data?.refused ?? []
  if (refused.length === 0) return null
  return (
    <section
      role="alert"
      className="mb-4 flex items-start gap-2 rounded-md border border-bad bg-raised py-2.5 pr-2 pl-3.5"
    >
      <div className="min-w-0 flex-1 py-1">
        <p className="font-medium">{t('refused', { count: refused.length })}</p>
        <ul className="mt-1 max-h-48 overflow-y-auto text-ink-soft">
          {refused.map(({ entry, name, ...why }) => (
            <li key={entry} className="break-words">
              <span className="tabular font-medium">{t('entry', { place: String(entry) })}</span>
              {name && <> · {name}</>}: {toldWords(why)}
            </li>
          ))}
        </ul>
      </div>
      <IconButton label={common('close')} onClick={() => bring.reset()}>
        <X className="size-4" aria-hidden />
      </IconButton>
    </section>
  )
}
