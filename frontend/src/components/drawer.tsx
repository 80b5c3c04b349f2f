import { X } from 'lucide-react'
import { Dialog } from 'radix-ui'
import type { ReactNode } from 'react'
import { useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { usePhone, useWide } from '@/lib/media'
import { IconButton } from './button'

interface DrawerProps {
  title: string
  /** For long lines: half again as wide where there is room. */
  broad?: boolean
  onClose(): void
  children: ReactNode
}

/**
 * 340 px at the right of a room for parameters, logs or details; over the room where it is narrow, and a
 * sheet from below on phones.
 */
export function Drawer({ title, broad = false, onClose, children }: DrawerProps) {
  const t = useTranslations('room')
  const wide = useWide()
  const phone = usePhone()
  const close = (
    <IconButton label={t('closeDrawer')} onClick={onClose}>
      <X className="size-4" aria-hidden />
    </IconButton>
  )
  const head = 'flex h-(--bar) shrink-0 items-center justify-between pr-2 pl-5 font-semibold'
  if (wide) {
    return (
      <aside
        aria-label={title}
        onKeyDown={event => event.key === 'Escape' && onClose()}
        className={cn(
          'flex w-(--drawer) shrink-0 flex-col border-line border-l bg-ground',
          broad && 'xl:w-[calc(var(--drawer)*1.5)]',
        )}
      >
        <div className={head}>
          <h2>{title}</h2>
          {close}
        </div>
        <div className="min-h-0 flex-1 overflow-y-auto px-5 pb-6">{children}</div>
      </aside>
    )
  }
  return (
    <Dialog.Root open onOpenChange={open => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-veil animate-[appear_var(--calm)_ease-out]" />
        <Dialog.Content
          aria-describedby={undefined}
          // The first button would show its tooltip; the keyboard begins at the sheet itself.
          onOpenAutoFocus={event => {
            event.preventDefault()
            if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus()
          }}
          className={cn(
            'fixed z-50 flex flex-col bg-raised shadow-float outline-none',
            phone
              ? 'inset-x-0 bottom-(--keyboard) max-h-[85%] animate-[sheet-bottom_var(--calm)_ease-out] rounded-t-lg'
              : 'inset-y-0 right-0 w-(--drawer) animate-[appear_var(--calm)_ease-out]',
          )}
        >
          <div className={head}>
            <Dialog.Title>{title}</Dialog.Title>
            {close}
          </div>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 pb-[max(1.5rem,env(safe-area-inset-bottom))]">
            {children}
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
