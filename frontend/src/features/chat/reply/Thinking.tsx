import { ChevronRight } from 'lucide-react'
import { memo, useEffect, useId, useState } from 'react'
import { useLocale, useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { Markdown } from './Markdown'
import type { Piece } from './view'
import { type ReplyWords, wholeSeconds } from './wording'

type ThinkingPiece = Piece & { type: 'thinking' }

/** "Thinking… 4 s" or "Thought for 12 s". */
function thinkingWords(piece: ThinkingPiece, now: number, t: ReplyWords, locale: string): string {
  if (piece.open && piece.startedAt !== null) {
    const seconds = Math.floor((now - piece.startedAt) / 1000)
    return seconds < 1 ? t('thinking') : t('thinkingFor', { time: wholeSeconds(seconds, locale) })
  }
  if (piece.open) return t('thinking')
  if (!piece.ms) return t('thought')
  return t('thoughtFor', { time: wholeSeconds(Math.max(1, piece.ms / 1000), locale) })
}

/** The newest thought in one line, without Markdown's marks. */
function newest(text: string): string {
  const line =
    text
      .slice(-400)
      .split('\n')
      .findLast(one => one.trim()) ?? ''
  return line.replace(/[*_`#>]+/g, '').trim()
}

interface ThinkingProps {
  piece: ThinkingPiece
  id: string
}

/** A model's reasoning, folded to one line that lives. */
export const Thinking = memo(function Thinking({ piece, id }: ThinkingProps) {
  const t = useTranslations('reply')
  const locale = useLocale()
  const [unfolded, setUnfolded] = useState(false)
  const now = useSeconds(piece.open)
  const body = useId()
  return (
    <div className="my-1.5">
      <button
        type="button"
        aria-expanded={unfolded}
        aria-controls={unfolded ? body : undefined}
        onClick={() => setUnfolded(!unfolded)}
        className="-ml-1 flex min-h-7 max-w-full items-center gap-1.5 rounded-sm px-1 text-control text-ink-soft hover:text-ink touch:min-h-11"
      >
        <ChevronRight
          aria-hidden
          className={cn('size-4 shrink-0 transition-transform', unfolded && 'rotate-90')}
        />
        <span className="tabular shrink-0">{thinkingWords(piece, now, t, locale)}</span>
        {piece.open && !unfolded && (
          <span aria-hidden className="truncate text-ink-faint">
            {newest(piece.text)}
          </span>
        )}
      </button>
      {unfolded && (
        <div id={body} className="thinking mt-1 mb-3 border-line border-l-2 pl-4 text-ink-soft">
          <Markdown text={piece.text} finished={!piece.open} id={id} />
        </div>
      )}
    </div>
  )
})

function useSeconds(running: boolean): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    if (!running) return
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [running])
  return now
}
