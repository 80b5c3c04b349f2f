import { Dialog } from 'radix-ui'
import type { ReactNode } from 'react'

interface AskProps {
  title: string
  note?: string
  onClose(): void
  children: ReactNode
}

/** A dialog in the middle; from below on phones. */
export function Ask({ title, note, onClose, children }: AskProps) {
  return (
    <Dialog.Root open onOpenChange={open => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 animate-[appear_var(--calm)_ease-out] bg-veil" />
        <Dialog.Content
          {...(note ? {} : { 'aria-describedby': undefined })}
          className="safe-bottom fixed inset-x-0 bottom-(--keyboard) z-50 max-h-[calc(92dvh-var(--keyboard))] overflow-y-auto rounded-t-lg border border-line bg-raised shadow-float outline-none max-md:animate-[sheet-bottom_var(--calm)_ease-out] md:inset-x-auto md:top-[12%] md:bottom-auto md:left-1/2 md:max-h-[80dvh] md:w-[28rem] md:max-w-[calc(100vw-3rem)] md:-translate-x-1/2 md:animate-[appear_var(--calm)_ease-out] md:rounded-lg"
        >
          <div className="p-5">
            <Dialog.Title className="font-semibold text-title">{title}</Dialog.Title>
            {note && (
              <Dialog.Description className="mt-0.5 text-ink-soft">{note}</Dialog.Description>
            )}
            <div className="mt-4 flex flex-col gap-4">{children}</div>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
