import { useMutation } from '@tanstack/react-query'
import { rerank } from '@/api/control/inference'
import { Button } from '@/components/button'
import { fieldLook } from '@/components/field'
import { useFormatter, useTranslations } from '@/i18n'
import { Labelled, TextArea } from '../platform/Form'
import { infoOf, Problem } from '../platform/States'
import { linesOf, usePlay } from './play'

/** Documents by how well they answer a question. */
export function RerankTab() {
  const t = useTranslations('playground')
  const format = useFormatter()
  const { runId, drafts, set } = usePlay()
  const documents = linesOf(drafts.documents)
  const run = useMutation({
    mutationFn: (asked: { query: string; documents: string[] }) =>
      rerank(runId, asked.query, asked.documents, new AbortController().signal),
  })
  const scores = run.data?.map(one => one.relevance_score) ?? []
  const highest = Math.max(...scores)
  const lowest = Math.min(...scores, 0)
  // As many digits in each: they stand below each other.
  const score = (value: number) =>
    format.number(value, { minimumFractionDigits: 3, maximumFractionDigits: 3 })
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={event => {
        event.preventDefault()
        run.mutate({ query: drafts.query.trim(), documents })
      }}
    >
      <Labelled label={t('query')}>
        {ids => (
          <input
            {...ids}
            value={drafts.query}
            onChange={event => set({ query: event.target.value })}
            className={fieldLook}
          />
        )}
      </Labelled>
      <Labelled label={t('documents')} hint={t('documentsHint')}>
        {ids => (
          <TextArea
            {...ids}
            rows={5}
            value={drafts.documents}
            onChange={event => set({ documents: event.target.value })}
            className="text-reading"
          />
        )}
      </Labelled>
      <Button
        type="submit"
        look="solid"
        disabled={documents.length === 0 || drafts.query.trim() === '' || run.isPending}
        className="self-start"
      >
        {t('rank')}
      </Button>
      {run.isError && <Problem error={infoOf(run.error, t('failed'))} label={t('failed')} />}
      {run.data && (
        <ol aria-label={t('ranking')} className="flex flex-col gap-2">
          {run.data.map((one, at) => (
            <li key={one.index} className="rounded-sm bg-sunken px-3 py-2">
              <div className="flex items-baseline gap-3">
                <span className="tabular text-ink-faint">{at + 1}</span>
                <span className="min-w-0 flex-1 break-words">
                  {run.variables?.documents[one.index]}
                </span>
                <span className="tabular shrink-0 font-medium">
                  <span className="sr-only">{t('score')} </span>
                  {score(one.relevance_score)}
                </span>
              </div>
              <span aria-hidden className="mt-1.5 block h-1 rounded-full bg-pressed">
                <span
                  className="block h-full rounded-full bg-accent"
                  style={{ width: `${shareOf(one.relevance_score, lowest, highest) * 100}%` }}
                />
              </span>
            </li>
          ))}
        </ol>
      )}
    </form>
  )
}

/** Scores have no common scale: a bar tells only of each other. */
function shareOf(score: number, lowest: number, highest: number): number {
  return highest === lowest ? 1 : (score - lowest) / (highest - lowest)
}
