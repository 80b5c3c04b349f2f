import { Download } from 'lucide-react'
import type { ReactNode } from 'react'
import { fieldLook } from '@/components/field'
import { useFormatter, useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'

interface SelectProps<T extends string> {
  label: string
  value: T
  options: readonly { value: NoInfer<T>; label: string }[]
  onChange(value: NoInfer<T>): void
  className?: string
}

/** A choice of one, with its label above. */
export function Select<T extends string>(props: SelectProps<T>) {
  const { label, value, options, onChange, className } = props
  return (
    <label className={cn('flex min-w-0 flex-col gap-1 text-ink-soft text-mini', className)}>
      {label}
      <select
        value={value}
        onChange={event => onChange(event.target.value as NoInfer<T>)}
        className={fieldLook}
      >
        {options.map(option => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </label>
  )
}

/** A file of what is shown. */
export function FileLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <a
      href={href}
      download
      className="inline-flex h-8 shrink-0 items-center gap-1.5 rounded-sm border border-line-strong bg-raised px-3 font-medium text-control transition-colors hover:bg-hover touch:min-h-11"
    >
      <Download className="size-4" aria-hidden />
      {children}
    </a>
  )
}

/** A moment: how long ago, and exactly for whoever asks. */
export function When({ at }: { at: string }) {
  const format = useFormatter()
  const moment = new Date(at)
  const exact = format.dateTime(moment, { dateStyle: 'medium', timeStyle: 'medium' })
  return (
    <time dateTime={at} title={exact}>
      {format.relativeTime(moment, Date.now())}
    </time>
  )
}

/** How a user is called in a list: by name, by what is left of them, or as the server itself. */
export function useNameOf() {
  const t = useTranslations('admin')
  return (id: string | null, name: string | null) => {
    if (name) return name
    if (!id) return t('itself')
    return id === 'local' ? 'local' : t('gone')
  }
}

export const headLook =
  'border-line border-b px-3 py-2 text-left font-medium text-ink-faint text-mini whitespace-nowrap'
export const cellLook = 'border-line border-b px-3 py-2 align-top'
export const numberLook = 'tabular text-right whitespace-nowrap'
