import { Eye, EyeOff } from 'lucide-react'
import { type ComponentProps, useId, useState } from 'react'
import { fieldLook } from '@/components/field'
import { useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'

interface FieldProps extends ComponentProps<'input'> {
  label: string
  aside?: string
  hint?: string
  error?: string | null
}

/** A line of text with its label above; of a password what is written can be looked at. */
export function Field({ label, aside, hint, error, type, className, ...rest }: FieldProps) {
  const t = useTranslations('entry')
  const id = useId()
  const [shown, setShown] = useState(false)
  const secret = type === 'password'
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="mb-1 flex items-baseline gap-2 font-medium">
        {label}
        {aside && <span className="font-normal text-ink-faint text-mini">{aside}</span>}
      </label>
      <div className="relative">
        <input
          id={id}
          type={secret && shown ? 'text' : type}
          aria-describedby={`${id}-hint`}
          aria-invalid={Boolean(error)}
          {...rest}
          className={cn(fieldLook, secret && 'pr-11', className)}
        />
        {secret && (
          <button
            type="button"
            aria-label={shown ? t('hide') : t('show')}
            aria-pressed={shown}
            onClick={() => setShown(!shown)}
            className="absolute inset-y-0 right-0 grid w-10 place-items-center rounded-sm text-ink-faint hover:text-ink touch:w-11"
          >
            {shown ? (
              <EyeOff aria-hidden className="size-4" />
            ) : (
              <Eye aria-hidden className="size-4" />
            )}
          </button>
        )}
      </div>
      <p
        id={`${id}-hint`}
        role={error ? 'alert' : undefined}
        className={cn('mt-1 text-mini', error ? 'text-bad' : 'text-ink-faint')}
      >
        {error ?? hint}
      </p>
    </div>
  )
}
