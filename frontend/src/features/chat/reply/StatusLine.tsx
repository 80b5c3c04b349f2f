import type { StatusWords } from './wording'

/** What is happening before the first token, where the text will be. */
export function StatusLine({ words }: { words: StatusWords }) {
  const { text, share } = words
  return (
    <div className="max-w-md py-0.5 text-ink-soft text-reading">
      <p className="tabular">{text}</p>
      {share !== null && (
        <div className="mt-1.5 h-[3px] overflow-hidden rounded-full bg-line" aria-hidden>
          <div
            className="h-full origin-left rounded-full bg-live transition-transform duration-(--calm)"
            style={{ transform: `scaleX(${share})` }}
          />
        </div>
      )}
    </div>
  )
}
