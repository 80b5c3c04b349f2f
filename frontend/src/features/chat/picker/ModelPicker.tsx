import { ChevronDown } from 'lucide-react'
import { Dialog, Popover } from 'radix-ui'
import { type ReactNode, useState } from 'react'
import type { ChatPersona, ModelState } from '@/api/types'
import { Sign } from '@/components/sign'
import { StateDot } from '@/components/state-dot'
import type { ModelPickerProps } from '@/features/chat/types'
import { useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { usePhone } from '@/lib/media'
import { useShortcuts } from '@/lib/shortcuts'
import { ModelList } from './ModelList'
import { findModel, isGone, modelName } from './names'

const surface =
  'z-50 flex flex-col overflow-hidden border border-line bg-raised text-control shadow-float outline-none'

/** The chosen model with its state; opens the list of all. Also by ⌘/Ctrl-M. */
export function ModelPicker(props: ModelPickerProps) {
  const { models, value, onChange, persona, variant = 'bar' } = props
  const t = useTranslations('picker')
  const phone = usePhone()
  const [open, setOpen] = useState(false)
  // Where both stand on a page, the one beside the composer answers to the keys.
  useShortcuts(variant === 'chip' ? [{ key: 'm', mod: true, run: () => setOpen(true) }] : [])
  const model = findModel(models, value)
  const name = modelName(models, value)
  const button = (
    <Trigger
      label={
        name
          ? [t('label', { model: name }), persona?.chosen?.name].filter(Boolean).join(' · ')
          : t('choose')
      }
      name={name ?? t('choose')}
      state={isGone(models, value) ? 'gone' : model?.state}
      persona={persona?.chosen ?? null}
      variant={variant}
    />
  )
  const close = () => setOpen(false)
  const list = (
    <ModelList
      models={models}
      value={value}
      onChange={onChange}
      persona={persona}
      onClose={close}
    />
  )
  if (phone) {
    return (
      <Sheet title={t('choose')} open={open} onOpen={setOpen} trigger={button}>
        {list}
      </Sheet>
    )
  }
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>{button}</Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          aria-label={t('choose')}
          side={variant === 'chip' ? 'top' : 'bottom'}
          align="start"
          sideOffset={6}
          collisionPadding={12}
          className={cn(
            surface,
            'max-h-[min(30rem,var(--radix-popover-content-available-height))] w-[26rem] rounded-md data-[state=open]:animate-[appear_var(--quick)_ease-out]',
          )}
        >
          {list}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}

interface TriggerProps extends React.ComponentProps<'button'> {
  label: string
  name: string
  state: ModelState | 'gone' | undefined
  persona: ChatPersona | null
  variant: 'chip' | 'bar'
}

function Trigger({ label, name, state, persona, variant, ...rest }: TriggerProps) {
  return (
    <button
      type="button"
      {...rest}
      aria-label={label}
      className={cn(
        'inline-flex min-w-0 max-w-full items-center gap-2 rounded-sm hover:bg-hover aria-expanded:bg-hover touch:min-h-11',
        variant === 'chip'
          ? 'h-8 px-2 text-control text-ink-soft'
          : 'h-9 px-2.5 font-medium text-reading',
      )}
    >
      {persona && (
        <>
          <Sign letter={persona.letter} colour={persona.colour} className="size-5" />
          <span className="truncate font-medium text-ink md:max-w-[40%]">{persona.name}</span>
        </>
      )}
      {state && <StateDot state={state} />}
      <span className={cn('truncate', persona && 'max-md:hidden')}>{name}</span>
      <ChevronDown aria-hidden className="size-4 shrink-0 text-ink-faint" />
    </button>
  )
}

interface SheetProps {
  title: string
  open: boolean
  onOpen(open: boolean): void
  trigger: ReactNode
  children: ReactNode
}

/** The list from below, where thumbs are. */
function Sheet({ title, open, onOpen, trigger, children }: SheetProps) {
  return (
    <Dialog.Root open={open} onOpenChange={onOpen}>
      <Dialog.Trigger asChild>{trigger}</Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 animate-[appear_var(--calm)_ease-out] bg-veil" />
        <Dialog.Content
          aria-describedby={undefined}
          className={cn(
            surface,
            'fixed inset-x-0 bottom-(--keyboard) h-[min(75dvh,36rem)] max-h-[calc(100dvh-var(--keyboard)-1rem)] animate-[sheet-bottom_var(--calm)_ease-out] rounded-t-lg border-b-0',
          )}
        >
          <Dialog.Title className="px-4 pt-3 pb-1 font-semibold text-reading">{title}</Dialog.Title>
          {children}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
