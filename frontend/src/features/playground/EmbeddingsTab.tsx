import { useMutation } from '@tanstack/react-query'
import { embed } from '@/api/control/inference'
import { Button } from '@/components/button'
import { CopyButton } from '@/components/copy-button'
import { useLocale, useTranslations } from '@/i18n'
import { formatNumber } from '@/lib/format'
import { Labelled, TextArea } from '../platform/Form'
import { infoOf, Problem } from '../platform/States'
import { linesOf, usePlay } from './play'
import { closest, matrix } from './similarity'

/** How many numbers of a vector are shown. */
const shown = 8
/** Fits a phone beside the matrix. */
const short = (text: string, length = 40) =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text

/** Texts as vectors, and how alike they are. */
export function EmbeddingsTab() {
  const t = useTranslations('playground')
  const { runId, drafts, set } = usePlay()
  const texts = linesOf(drafts.texts)
  const run = useMutation({
    mutationFn: (input: string[]) => embed(runId, input, new AbortController().signal),
  })
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={event => {
        event.preventDefault()
        run.mutate(texts)
      }}
    >
      <Labelled label={t('texts')} hint={t('textsHint')}>
        {ids => (
          <TextArea
            {...ids}
            rows={5}
            value={drafts.texts}
            onChange={event => set({ texts: event.target.value })}
            className="text-reading"
          />
        )}
      </Labelled>
      <Button
        type="submit"
        look="solid"
        disabled={texts.length === 0 || run.isPending}
        className="self-start"
      >
        {t('embed')}
      </Button>
      {run.isError && <Problem error={infoOf(run.error, t('failed'))} label={t('failed')} />}
      {run.data && run.variables && <Vectors texts={run.variables} vectors={run.data} />}
    </form>
  )
}

function Vectors({ texts, vectors }: { texts: string[]; vectors: number[][] }) {
  const t = useTranslations('playground')
  const locale = useLocale()
  const common = useTranslations('common')
  const count = formatNumber(vectors[0]?.length ?? 0, locale)
  return (
    <div className="flex flex-col gap-5">
      {vectors.length > 1 && <Matrix texts={texts} vectors={vectors} />}
      <section aria-label={t('vectors')}>
        <h2 className="mb-1.5 font-medium">
          {t('vectors')} <span className="text-ink-soft">{t('dimensions', { count })}</span>
        </h2>
        <ul className="flex flex-col gap-2">
          {vectors.map((vector, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: one for each text, in their order
            <li key={at} className="rounded-sm bg-sunken px-3 py-2">
              <div className="flex items-start justify-between gap-2">
                <p className="break-words">{texts[at]}</p>
                <CopyButton label={common('copy')} text={() => JSON.stringify(vector)} />
              </div>
              <p className="tabular break-words font-mono text-ink-soft text-mini">
                [
                {vector
                  .slice(0, shown)
                  .map(one => one.toFixed(4))
                  .join(', ')}
                {vector.length > shown && ', …'}]
              </p>
            </li>
          ))}
        </ul>
      </section>
    </div>
  )
}

function Matrix({ texts, vectors }: { texts: string[]; vectors: number[][] }) {
  const t = useTranslations('playground')
  const locale = useLocale()
  const values = matrix(vectors)
  const best = closest(values)
  const say = (value: number) => formatNumber(value, locale, 2)
  return (
    <section aria-label={t('similarity')}>
      <h2 className="font-medium">{t('similarity')}</h2>
      <p className="mb-2 text-ink-faint text-mini">{t('similarityNote')}</p>
      <div className="overflow-x-auto">
        <table className="tabular border-separate border-spacing-0.5">
          <thead>
            <tr>
              <td />
              {texts.map((text, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: one for each text, in their order
                <th key={at} scope="col" title={text} className="px-1 font-normal text-ink-soft">
                  {at + 1}
                  <span className="sr-only">: {text}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {values.map((row, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: one for each text, in their order
              <tr key={at}>
                <th
                  scope="row"
                  title={texts[at]}
                  className="max-w-64 truncate pr-2 text-left font-normal text-ink-soft max-md:max-w-32"
                >
                  {at + 1}. {texts[at]}
                </th>
                {row.map((value, other) => (
                  <td
                    // biome-ignore lint/suspicious/noArrayIndexKey: one for each text, in their order
                    key={other}
                    className="h-9 min-w-14 rounded-[6px] px-2 text-center"
                    style={{ background: shade(value) }}
                  >
                    {say(value)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {best && texts.length > 2 && (
        <p className="mt-2">
          {t('closest', {
            a: short(texts[best[0]] ?? ''),
            b: short(texts[best[1]] ?? ''),
            value: say(values[best[0]]?.[best[1]] ?? 0),
          })}
        </p>
      )}
    </section>
  )
}

/** The more alike the stronger; weak enough for the number on it to be read. */
function shade(value: number): string {
  const share = Math.round(Math.max(0, Math.min(1, value)) * 38)
  return `color-mix(in oklch, var(--accent) ${share}%, var(--sunken))`
}
