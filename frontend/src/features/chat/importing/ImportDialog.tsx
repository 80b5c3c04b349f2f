import { useQueryClient } from '@tanstack/react-query'
import { FileUp } from 'lucide-react'
import { useEffect, useId, useRef, useState } from 'react'
import { ApiError } from '@/api/errors'
import { type ImportProblem, type ImportReport, importChats } from '@/api/imports'
import { refreshLists } from '@/api/lists'
import { Button } from '@/components/button'
import { Progress } from '@/components/progress'
import { useTranslations } from '@/i18n'
import { type Told, told, toldWords } from '@/i18n/errors'
import { cn } from '@/lib/cn'
import { Sheet } from '../../platform/Sheet'

type State =
  | { at: 'choosing' }
  | { at: 'going'; name: string; report: ImportReport | null }
  | { at: 'done'; report: ImportReport | null; problem: Told | null }

interface ImportDialogProps {
  /** A file that was dropped already. */
  first: File | null
  onClose(): void
}

/** Takes a file, shows how far the server is with it, and tells what came of it. */
export default function ImportDialog({ first, onClose }: ImportDialogProps) {
  const t = useTranslations('importing')
  const { state, start, stop, reset } = useImport(first)
  return (
    <Sheet title={t('title')} intro={t('intro')} onClose={onClose}>
      {state.at === 'choosing' && <Chooser onFile={start} />}
      {state.at === 'going' && <Going state={state} onStop={stop} />}
      {state.at === 'done' && <Done state={state} onAnother={reset} />}
    </Sheet>
  )
}

function useImport(first: File | null) {
  const t = useTranslations('importing')
  const client = useQueryClient()
  const [state, setState] = useState<State>({ at: 'choosing' })
  const going = useRef<AbortController | null>(null)

  const start = async (file: File) => {
    const controller = new AbortController()
    going.current = controller
    let report: ImportReport | null = null
    setState({ at: 'going', name: file.name, report })
    let problem: Told | null = null
    try {
      await importChats(
        file,
        next => {
          report = next
          setState({ at: 'going', name: file.name, report })
        },
        controller.signal,
      )
      const ended = (report as ImportReport | null)?.error
      problem = ended ? told(ended) : null
    } catch (error) {
      const words = controller.signal.aborted ? t('stopped') : t('broken')
      problem =
        error instanceof ApiError ? told(error) : { message: words, remedy: null, said: null }
    }
    setState({ at: 'done', report, problem })
    refreshLists(client)
  }
  const begin = useRef(start)
  begin.current = start
  // Once: a file that was dropped before the dialog was there.
  useEffect(() => {
    if (first) begin.current(first)
  }, [first])
  // The server stops where nobody listens; what it has stored stays.
  useEffect(() => () => going.current?.abort(), [])
  return {
    state,
    start,
    stop: () => going.current?.abort(),
    reset: () => setState({ at: 'choosing' }),
  }
}

function Chooser({ onFile }: { onFile(file: File): void }) {
  const t = useTranslations('importing')
  const input = useRef<HTMLInputElement>(null)
  const [over, setOver] = useState(false)
  const id = useId()
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a short cut for the button inside
    <div
      onDragOver={event => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={event => {
        event.preventDefault()
        setOver(false)
        const [file] = event.dataTransfer.files
        if (file) onFile(file)
      }}
      className={cn(
        'flex flex-col items-center gap-3 rounded-md border border-dashed px-4 py-10 text-center',
        over ? 'border-accent bg-accent-wash' : 'border-line-strong',
      )}
    >
      <FileUp className="size-6 text-ink-faint" aria-hidden />
      <p>{t('drop')}</p>
      <input
        ref={input}
        id={id}
        type="file"
        accept=".json,.zip,application/json,application/zip"
        aria-label={t('choose')}
        className="sr-only"
        tabIndex={-1}
        onChange={event => {
          const [file] = event.currentTarget.files ?? []
          if (file) onFile(file)
        }}
      />
      <Button look="solid" onClick={() => input.current?.click()}>
        {t('choose')}
      </Button>
    </div>
  )
}

function Going({ state, onStop }: { state: State & { at: 'going' }; onStop(): void }) {
  const t = useTranslations('importing')
  const { report, name } = state
  const words = report
    ? t('reading', { count: report.created + report.updated + report.present })
    : t('sending', { name })
  return (
    <div className="py-4">
      <p role="status" className="tabular break-words">
        {words}
      </p>
      <Progress value={null} label={words} className="mt-3" />
      <div className="mt-5 flex justify-end">
        <Button onClick={onStop}>{t('stop')}</Button>
      </div>
    </div>
  )
}

function Done({ state, onAnother }: { state: State & { at: 'done' }; onAnother(): void }) {
  const t = useTranslations('importing')
  const { report, problem } = state
  const counts = report
    ? (['created', 'updated', 'present', 'files', 'missing', 'failed'] as const).filter(
        key => report[key] > 0,
      )
    : []
  return (
    <div role="status">
      {problem && (
        <p className="mb-3 rounded-md border border-bad px-3 py-2">
          <span className="font-medium">{problem.message}</span>
          {problem.remedy && <span className="block text-ink-soft">{problem.remedy}</span>}
          {problem.said && <span className="block text-ink-faint text-mini">{problem.said}</span>}
        </p>
      )}
      <ul className="tabular flex flex-col gap-1">
        {counts.map(key => (
          <li key={key} className={key === 'created' ? 'font-medium' : 'text-ink-soft'}>
            {t(key, { count: report?.[key] ?? 0 })}
          </li>
        ))}
        {counts.length === 0 && !problem && <li>{t('nothing')}</li>}
      </ul>
      {report && <Problems problems={report.problems} count={report.failed} />}
      {report && <Problems problems={report.incomplete} count={report.incomplete.length} />}
      <div className="mt-5 flex justify-end">
        <Button onClick={onAnother}>{t('another')}</Button>
      </div>
    </div>
  )
}

/** As many as one reads. */
const shownProblems = 50

interface ProblemsProps {
  problems: ImportProblem[]
  /** How many there are, told or not. */
  count: number
}

function Problems({ problems, count }: ProblemsProps) {
  const t = useTranslations('importing')
  if (problems.length === 0) return null
  const rest = count - Math.min(problems.length, shownProblems)
  return (
    <ul className="mt-3 flex flex-col gap-2 border-line border-t pt-3">
      {problems.slice(0, shownProblems).map(one => (
        <li key={`${one.file}-${one.index}`} className="break-words">
          <span className="font-medium">
            {[one.file, one.title || t('record', { index: String(one.index) })]
              .filter(Boolean)
              .join(' · ')}
          </span>
          <span className="block whitespace-pre-line text-ink-soft text-mini">
            {one.reasons.map(toldWords).join('\n')}
          </span>
        </li>
      ))}
      {rest > 0 && <li className="text-ink-faint">{t('more', { count: String(rest) })}</li>}
    </ul>
  )
}
