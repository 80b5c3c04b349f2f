import { useState } from 'react'
import type { Rating, RatingBody } from '@/api/ratings'
import { Button } from '@/components/button'
import { fieldLook } from '@/components/field'
import { useTranslations } from '@/i18n'
import { lazyWords } from '@/i18n/lazy'
import type { RatingWords } from '@/i18n/rating.en'
import { cn } from '@/lib/cn'

const WithRatingWords = lazyWords<RatingWords>({
  en: () => import('@/i18n/rating.en'),
  'zh-CN': () => import('@/i18n/rating.zh-CN'),
})

const reasons = {
  up: ['correct', 'helpful', 'clear', 'creative', 'followed', 'other'],
  down: [
    'incorrect',
    'incomplete',
    'ignored',
    'unclear',
    'too_long',
    'refused',
    'unsafe',
    'slow',
    'other',
  ],
} as const

interface RatingNoteProps {
  given: Rating
  onSend(body: RatingBody): void
}

/** Why a reply was good or not: a reason, and words of one's own. Both may be left out. */
export default function RatingNote(props: RatingNoteProps) {
  return (
    <WithRatingWords>
      <Note {...props} />
    </WithRatingWords>
  )
}

function Note({ given, onSend }: RatingNoteProps) {
  const t = useTranslations('rating')
  const [reason, setReason] = useState(given.reason)
  const [comment, setComment] = useState(given.comment ?? '')
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        onSend({ rating: given.rating, reason, comment: comment.trim() || null })
      }}
    >
      <p className="font-medium">{t(given.rating)}</p>
      <fieldset className="mt-2 flex flex-wrap gap-1.5">
        <legend className="sr-only">{t(given.rating)}</legend>
        {reasons[given.rating].map(one => (
          <button
            key={one}
            type="button"
            aria-pressed={reason === one}
            onClick={() => setReason(reason === one ? null : one)}
            className="h-7 rounded-full border border-line-strong px-2.5 text-ink-soft text-mini transition-colors hover:bg-hover aria-pressed:border-accent aria-pressed:bg-accent-wash aria-pressed:text-accent touch:h-11"
          >
            {t(one)}
          </button>
        ))}
      </fieldset>
      <textarea
        aria-label={t('comment')}
        placeholder={t('comment')}
        maxLength={4000}
        value={comment}
        onChange={event => setComment(event.target.value)}
        className={cn(fieldLook, 'mt-3 block h-20! resize-y py-2')}
      />
      <p className="mt-2 text-ink-faint text-mini">{t('seen')}</p>
      <div className="mt-3 flex justify-end">
        <Button type="submit" look="solid">
          {t('send')}
        </Button>
      </div>
    </form>
  )
}
