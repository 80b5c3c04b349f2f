import { Tooltip } from 'radix-ui'
import type { ReactNode } from 'react'

interface TipProps {
  label: ReactNode
  keys?: string
  side?: 'top' | 'right' | 'bottom' | 'left'
  children: ReactNode
}

/** A tooltip over its only child. It repeats or explains, and never holds what is told nowhere else. */
export function Tip({ label, keys, side = 'bottom', children }: TipProps) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger
        asChild
        // Focus that comes back by itself, as from a menu that a finger closed, is no question.
        onFocus={event => {
          if (!event.currentTarget.matches(':focus-visible')) event.preventDefault()
        }}
      >
        {children}
      </Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-w-80 rounded-sm bg-ink px-2 py-1 text-ground text-mini shadow-float data-[state=delayed-open]:animate-[appear_var(--quick)_ease-out]"
        >
          {label}
          {keys && <span className="ml-2 opacity-65">{keys}</span>}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  )
}
