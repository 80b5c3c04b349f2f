import { ArrowUp } from 'lucide-react'
import { type FormEvent, useId, useRef } from 'react'
import { Button } from '@/components/button'
import { fieldLook } from '@/components/field'
import { useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'

interface AskFormProps {
  label: string
  hint: string
  disabled: boolean
  /** Rejects where nothing was asked: what was written stays. */
  onAsk(text: string): Promise<void>
}

/** Where a message for all models is written. Enter sends, but not an input method's. */
export function AskForm({ label, hint, disabled, onAsk }: AskFormProps) {
  const t = useTranslations('compare')
  const id = useId()
  const box = useRef<HTMLTextAreaElement>(null)
  const ask = async () => {
    const area = box.current
    const text = area?.value.trim()
    if (!area || !text || disabled) return
    try {
      await onAsk(text)
      area.value = ''
    } catch {
      // It has been said; the words stay.
    }
  }
  return (
    <form
      onSubmit={(event: FormEvent) => {
        event.preventDefault()
        void ask()
      }}
    >
      <label htmlFor={id} className="mb-1 block font-medium">
        {label}
      </label>
      <textarea
        ref={box}
        id={id}
        rows={2}
        aria-describedby={`${id}-hint`}
        enterKeyHint="send"
        onKeyDown={event => {
          const key = event.nativeEvent
          if (key.key !== 'Enter' || key.shiftKey || key.isComposing || key.keyCode === 229) return
          event.preventDefault()
          void ask()
        }}
        className={cn(
          fieldLook,
          'field-sizing-content block h-auto! max-h-[40dvh] min-h-18 resize-none rounded-md px-3 py-2 text-reading',
        )}
      />
      <div className="mt-1.5 flex items-start justify-between gap-3">
        <p id={`${id}-hint`} className="text-ink-faint text-mini">
          {hint}
        </p>
        <Button look="solid" type="submit" disabled={disabled} className="shrink-0">
          <ArrowUp className="size-4" aria-hidden />
          {t('send')}
        </Button>
      </div>
    </form>
  )
}
