import { RadioGroup, Tabs } from 'radix-ui'
import type { ReactNode } from 'react'
import { cn } from '@/lib/cn'

const box = 'flex w-fit max-w-full flex-wrap gap-1 rounded-sm bg-sunken p-1'
const item =
  'min-h-7 whitespace-nowrap rounded-[6px] px-3 text-ink-soft transition-colors hover:text-ink touch:min-h-11'
const chosen = 'bg-raised font-medium text-ink ring-1 ring-line-strong'

interface ChoiceProps<T extends string> {
  label: string
  value: T
  options: readonly { value: NoInfer<T>; label: ReactNode }[]
  onChange(value: NoInfer<T>): void
  className?: string
}

/** A few choices side by side, one of them chosen. */
export function Choice<T extends string>(props: ChoiceProps<T>) {
  const { label, value, options, onChange, className } = props
  return (
    <RadioGroup.Root
      aria-label={label}
      value={value}
      orientation="horizontal"
      onValueChange={next => onChange(next as NoInfer<T>)}
      className={cn(box, className)}
    >
      {options.map(option => (
        <RadioGroup.Item
          key={option.value}
          value={option.value}
          className={cn(item, option.value === value && chosen)}
        >
          {option.label}
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  )
}

interface TabbedProps<T extends string> extends ChoiceProps<T> {
  children: ReactNode
}

/** The same look for parts of a page, of which one is shown. */
export function Tabbed<T extends string>(props: TabbedProps<T>) {
  const { label, value, options, onChange, className, children } = props
  return (
    <Tabs.Root value={value} onValueChange={next => onChange(next as NoInfer<T>)}>
      <Tabs.List
        aria-label={label}
        className={cn(box, options.length === 1 && 'sr-only', className)}
      >
        {options.map(option => (
          <Tabs.Trigger
            key={option.value}
            value={option.value}
            className={cn(item, option.value === value && chosen)}
          >
            {option.label}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      <Tabs.Content value={value} tabIndex={-1} className="outline-none">
        {children}
      </Tabs.Content>
    </Tabs.Root>
  )
}
