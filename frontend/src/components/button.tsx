import type { ComponentProps, ReactNode } from 'react'
import { cn } from '@/lib/cn'
import { Tip } from './tip'

const looks = {
  solid:
    'bg-accent text-accent-ink hover:bg-accent/90 disabled:bg-line-strong disabled:text-ink-faint',
  line: 'border border-line-strong bg-raised hover:bg-hover disabled:text-ink-faint',
  plain: 'text-ink-soft hover:bg-hover hover:text-ink disabled:text-ink-faint',
  bad: 'bg-bad text-bad-ink hover:bg-bad/90',
} as const

/** How a button looks, for links that stand where buttons do. */
export function buttonLook(look: keyof typeof looks, className?: string): string {
  return cn(
    'inline-flex h-8 shrink-0 items-center justify-center gap-1.5 rounded-sm px-3 font-medium text-control transition-colors touch:min-h-11',
    looks[look],
    className,
  )
}

interface ButtonProps extends ComponentProps<'button'> {
  look?: keyof typeof looks
}

export function Button({ look = 'line', className, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={buttonLook(look, cn('disabled:cursor-not-allowed', className))}
    />
  )
}

interface IconButtonProps extends ComponentProps<'button'> {
  /** Names the button for everyone: accessible name and tooltip. */
  label: string
  /** The keys that do the same, shown in the tooltip. */
  keys?: string
  side?: 'top' | 'right' | 'bottom' | 'left'
  children: ReactNode
}

/** A square button with an icon (`size-4`), its name as a tooltip. */
export function IconButton({ label, keys, side, className, children, ...rest }: IconButtonProps) {
  return (
    <Tip label={label} keys={keys} side={side}>
      <button
        type="button"
        aria-label={label}
        {...rest}
        className={cn(
          'grid size-8 shrink-0 place-items-center rounded-sm text-ink-soft transition-colors touch:size-11',
          'hover:bg-hover hover:text-ink aria-expanded:bg-hover data-[state=open]:bg-hover disabled:cursor-not-allowed disabled:text-ink-faint/60 disabled:hover:bg-transparent',
          className,
        )}
      >
        {children}
      </button>
    </Tip>
  )
}
