import { type ComponentProps, type ReactNode, useId } from 'react'
import { fieldLook } from '@/components/field'
import { cn } from '@/lib/cn'

interface LabelledProps {
  label: string
  hint?: string
  error?: string | null
  /** At the right of the label. */
  aside?: ReactNode
  children(ids: { id: string; 'aria-describedby': string; 'aria-invalid': boolean }): ReactNode
}

/** A field with its label above and what there is to say of it below. */
export function Labelled({ label, hint, error, aside, children }: LabelledProps) {
  const id = useId()
  return (
    <div className="min-w-0">
      <div className="flex min-h-7 items-center justify-between gap-2">
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        {aside}
      </div>
      {children({ id, 'aria-describedby': `${id}-hint`, 'aria-invalid': Boolean(error) })}
      <p
        id={`${id}-hint`}
        role={error ? 'alert' : undefined}
        className={cn(
          'mt-1 text-mini',
          error ? 'text-bad' : 'text-ink-faint',
          !error && !hint && 'hidden',
        )}
      >
        {error ?? hint}
      </p>
    </div>
  )
}

/** Several lines of text, growing with what is written. */
export function TextArea({ className, ...rest }: ComponentProps<'textarea'>) {
  return (
    <textarea
      {...rest}
      className={cn(
        fieldLook,
        'field-sizing-content block h-auto! max-h-80 resize-y py-2',
        className,
      )}
    />
  )
}

interface SwitchProps {
  label: string
  /** Said to everyone, where the visible label is short. */
  name?: string
  checked: boolean
  disabled?: boolean
  hidden?: boolean
  onChange(checked: boolean): void
}

/** On or off, at once. */
export function Switch({ label, name, checked, disabled, hidden, onChange }: SwitchProps) {
  return (
    <label className="inline-flex min-h-8 cursor-pointer items-center gap-2 touch:min-h-11">
      <input
        type="checkbox"
        role="switch"
        aria-checked={checked}
        checked={checked}
        disabled={disabled}
        aria-label={name ?? label}
        onChange={event => onChange(event.target.checked)}
        className="peer sr-only"
      />
      <span
        aria-hidden
        className="relative h-5 w-9 shrink-0 rounded-full bg-line-strong transition-colors after:absolute after:top-0.5 after:left-0.5 after:size-4 after:rounded-full after:bg-raised after:transition-transform peer-checked:bg-accent peer-checked:after:translate-x-4 peer-focus-visible:outline-2 peer-focus-visible:outline-accent peer-focus-visible:outline-offset-2 peer-disabled:opacity-50"
      />
      {!hidden && <span>{label}</span>}
    </label>
  )
}

/** A choice that can be taken back: pressed or not. */
export function Toggle({ className, ...rest }: ComponentProps<'button'> & { pressed: boolean }) {
  const { pressed, ...others } = rest
  return (
    <button
      type="button"
      aria-pressed={pressed}
      {...others}
      className={cn(
        'inline-flex h-8 shrink-0 items-center gap-1.5 rounded-full border border-line-strong bg-raised px-3 text-ink-soft transition-colors hover:bg-hover touch:h-11',
        'aria-pressed:border-accent aria-pressed:bg-accent-wash aria-pressed:font-medium aria-pressed:text-accent',
        className,
      )}
    />
  )
}
