import { Popover } from 'radix-ui'
import { type ReactNode, useState } from 'react'
import { Button } from '@/components/button'
import { useTranslations } from '@/i18n'

interface ConfirmedProps {
  /** What would be gone. */
  question: string
  onConfirm(): void
  /** The button that asks. */
  children: ReactNode
}

/** Asks once, in place, before something is gone for good. */
export function Confirmed({ question, onConfirm, children }: ConfirmedProps) {
  const t = useTranslations('platform')
  const [open, setOpen] = useState(false)
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>{children}</Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          aria-label={t('sure', { name: question })}
          sideOffset={6}
          collisionPadding={12}
          className="z-50 w-72 max-w-[calc(100vw-1.5rem)] rounded-md border border-line bg-raised p-4 shadow-float outline-none data-[state=open]:animate-[appear_var(--quick)_ease-out]"
        >
          <p className="break-words font-medium">{t('sure', { name: question })}</p>
          <div className="mt-3 flex justify-end gap-2">
            <Button look="plain" onClick={() => setOpen(false)}>
              {t('cancel')}
            </Button>
            <Button
              look="bad"
              onClick={() => {
                setOpen(false)
                onConfirm()
              }}
            >
              {t('remove')}
            </Button>
          </div>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}
