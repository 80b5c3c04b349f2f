import { useQuery } from '@tanstack/react-query'
import { ThumbsDown, ThumbsUp } from 'lucide-react'
import { Popover } from 'radix-ui'
import { lazy, Suspense, useState } from 'react'
import { chatRatings, useRate } from '@/api/ratings'
import type { Message } from '@/api/types'
import { IconButton } from '@/components/button'
import { toastError } from '@/components/toast'
import { useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'

const RatingNote = lazy(() => import('./RatingNote'))

/** Whether a reply was good; a second press takes that back. The note that may be added comes after. */
export function Thumbs({ message }: { message: Message }) {
  const t = useTranslations('reply')
  const { data } = useQuery(chatRatings(message.chat_id))
  const rate = useRate(message.chat_id, message.id)
  const [noting, setNoting] = useState(false)
  const given = data?.items.find(one => one.message_id === message.id) ?? null
  const press = (rating: 'up' | 'down') => {
    const taken = given?.rating === rating
    rate.mutate(taken ? null : { rating }, {
      onError: error => toastError(error, t('ratingFailed')),
    })
    setNoting(!taken)
  }
  return (
    <Popover.Root open={noting && given !== null} onOpenChange={setNoting}>
      <Popover.Anchor asChild>
        <span className="flex">
          <IconButton
            label={t('good')}
            aria-pressed={given?.rating === 'up'}
            onClick={() => press('up')}
          >
            <ThumbsUp
              aria-hidden
              className={cn('size-4', given?.rating === 'up' && 'fill-accent/25 text-accent')}
            />
          </IconButton>
          <IconButton
            label={t('notGood')}
            aria-pressed={given?.rating === 'down'}
            onClick={() => press('down')}
          >
            <ThumbsDown
              aria-hidden
              className={cn('size-4', given?.rating === 'down' && 'fill-accent/25 text-accent')}
            />
          </IconButton>
        </span>
      </Popover.Anchor>
      <Popover.Portal>
        <Popover.Content
          aria-label={t('ratingNote')}
          align="start"
          sideOffset={6}
          collisionPadding={12}
          className="z-50 w-80 max-w-[calc(100vw-1.5rem)] rounded-md border border-line bg-raised p-4 shadow-float outline-none data-[state=open]:animate-[appear_var(--quick)_ease-out]"
        >
          {given && (
            <Suspense fallback={null}>
              <RatingNote
                key={given.rating}
                given={given}
                onSend={body => {
                  rate.mutate(body, { onError: error => toastError(error, t('ratingFailed')) })
                  setNoting(false)
                }}
              />
            </Suspense>
          )}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}
