import { X } from 'lucide-react'
import { Dialog } from 'radix-ui'
import { type ReactNode, type RefObject, useState } from 'react'
import { IconButton } from './button'

interface EnlargedProps {
  url: string
  name: string
  /** Names the button that shows the image large. */
  label: string
  close: string
  className?: string
  button: RefObject<HTMLButtonElement | null>
  onPress?(event: React.MouseEvent): void
  /** The small picture. */
  children: ReactNode
}

/** A picture; pressing it shows it as large as the window. */
export function Enlarged(props: EnlargedProps) {
  const { url, name, label, close, className, button, onPress, children } = props
  const [open, setOpen] = useState(false)
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <button
        ref={button}
        type="button"
        aria-haspopup="dialog"
        aria-label={label}
        onClick={event => {
          onPress?.(event)
          setOpen(true)
        }}
        className={className}
      >
        {children}
      </button>
      <Dialog.Portal>
        <Dialog.Content
          aria-describedby={undefined}
          // The first button would show its tooltip, which would take the first Escape.
          onOpenAutoFocus={event => {
            event.preventDefault()
            if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus()
          }}
          onCloseAutoFocus={event => {
            event.preventDefault()
            button.current?.focus({ preventScroll: true })
          }}
          className="fixed inset-0 z-50 flex flex-col bg-ground outline-none data-[state=open]:animate-[appear_var(--calm)_ease-out]"
        >
          <div className="flex h-(--bar) shrink-0 items-center gap-3 pr-2 pl-5">
            <Dialog.Title className="min-w-0 flex-1 truncate font-medium">{name}</Dialog.Title>
            <Dialog.Close asChild>
              <IconButton label={close}>
                <X aria-hidden className="size-4" />
              </IconButton>
            </Dialog.Close>
          </div>
          <div className="grid min-h-0 flex-1 place-items-center px-3 pb-[max(0.75rem,env(safe-area-inset-bottom))]">
            <img src={url} alt={name} className="size-full object-contain" />
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
