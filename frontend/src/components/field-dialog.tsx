import { Dialog } from 'radix-ui'
import { type FormEvent, useId } from 'react'
import { useTranslations } from '@/i18n'
import { Button } from './button'
import { fieldLook } from './field'

interface FieldDialogProps {
  open: boolean
  onOpenChange(open: boolean): void
  title: string
  label: string
  /** What stands in it at first. */
  value?: string
  onSave(value: string): void
}

/** Asks for one line of text. */
export function FieldDialog({ open, onOpenChange, title, label, value, onSave }: FieldDialogProps) {
  const t = useTranslations('common')
  const id = useId()
  const save = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const given = String(new FormData(event.currentTarget).get('value') ?? '').trim()
    if (given === '') return
    onSave(given)
    onOpenChange(false)
  }
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-veil data-[state=open]:animate-[appear_var(--calm)_ease-out]" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed top-[20%] left-1/2 z-50 w-96 max-w-[calc(100vw-2rem)] -translate-x-1/2 rounded-lg border border-line bg-raised p-5 shadow-float data-[state=open]:animate-[appear_var(--calm)_ease-out]"
        >
          <Dialog.Title className="font-semibold text-reading">{title}</Dialog.Title>
          <form onSubmit={save} className="mt-3">
            <label htmlFor={id} className="text-ink-soft">
              {label}
            </label>
            <input
              id={id}
              name="value"
              defaultValue={value}
              maxLength={255}
              autoComplete="off"
              className={`${fieldLook} mt-1`}
            />
            <div className="mt-4 flex justify-end gap-2">
              <Button look="plain" onClick={() => onOpenChange(false)}>
                {t('cancel')}
              </Button>
              <Button look="solid" type="submit">
                {t('save')}
              </Button>
            </div>
          </form>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
