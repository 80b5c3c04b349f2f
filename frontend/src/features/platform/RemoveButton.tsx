import { Trash2 } from 'lucide-react'
import { IconButton } from '@/components/button'
import { toast, toastError } from '@/components/toast'
import { Confirmed } from './Confirmed'

export interface RemoveButtonProps {
  /** What would be gone. */
  name: string
  /** Names the button; said afterwards; said where it did not work. */
  words: { label: string; done?: string; failed: string }
  /** Rejects where it is still there. */
  remove(): Promise<unknown>
}

/** Takes one of a list away, once it was asked whether it may. */
export function RemoveButton({ name, words, remove }: RemoveButtonProps) {
  const confirmed = () =>
    remove().then(
      () => words.done && toast({ title: words.done }),
      (error: unknown) => toastError(error, words.failed),
    )
  return (
    <Confirmed question={name} onConfirm={confirmed}>
      <IconButton label={words.label}>
        <Trash2 className="size-4" aria-hidden />
      </IconButton>
    </Confirmed>
  )
}
