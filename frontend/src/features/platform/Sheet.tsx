import { X } from 'lucide-react'
import { Dialog } from 'radix-ui'
import type { ReactNode } from 'react'
import { IconButton } from '@/components/button'
import { useTranslations } from '@/i18n'

interface SheetProps {
  title: string
  intro?: string
  onClose(): void
  children: ReactNode
}

/** A dialog in the middle; from below on phones. */
export function Sheet({ title, intro, onClose, children }: SheetProps) {
  const t = useTranslations('common')
  return (
    <Dialog.Root open onOpenChange={open => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 animate-[appear_var(--calm)_ease-out] bg-veil" />
        <Dialog.Content
          {...(intro ? {} : { 'aria-describedby': undefined })}
          // The first button would show its tooltip; the keyboard begins at the dialog itself.
          onOpenAutoFocus={event => {
            event.preventDefault()
            if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus()
          }}
          className="safe-bottom fixed inset-x-0 bottom-(--keyboard) z-50 flex max-h-[calc(92dvh-var(--keyboard))] flex-col rounded-t-lg border border-line bg-raised shadow-float outline-none max-md:animate-[sheet-bottom_var(--calm)_ease-out] md:inset-x-auto md:top-[10%] md:bottom-auto md:left-1/2 md:max-h-[80dvh] md:w-[34rem] md:max-w-[calc(100vw-3rem)] md:-translate-x-1/2 md:animate-[appear_var(--calm)_ease-out] md:rounded-lg"
        >
          <div className="flex shrink-0 items-start justify-between gap-3 pt-4 pr-3 pl-5">
            <div>
              <Dialog.Title className="font-semibold text-title">{title}</Dialog.Title>
              {intro && (
                <Dialog.Description className="mt-0.5 text-ink-soft">{intro}</Dialog.Description>
              )}
            </div>
            <IconButton
              label={t('close')}
              // its cross stands beside the title, however large the button is
              className="-mt-0.5 touch:-mt-2"
              onClick={onClose}
            >
              <X className="size-4" aria-hidden />
            </IconButton>
          </div>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 pt-4 pb-5">{children}</div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
