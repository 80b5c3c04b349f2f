import { type Account, useResetLink } from '@/api/administration'
import { Button } from '@/components/button'
import { CopyButton } from '@/components/copy-button'
import { fieldLook } from '@/components/field'
import { toastError } from '@/components/toast'
import { useFormatter, useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'

/** A link with which a user chooses another password, so that nobody else has to know it. */
export function ResetLink({ user }: { user: Account }) {
  const t = useTranslations('adminUsers')
  const admin = useTranslations('admin')
  const format = useFormatter()
  const make = useResetLink()
  const made = make.data
  if (user.suspended_at !== null) return null
  if (!made) {
    return (
      <Button
        className="mt-1 w-fit"
        disabled={make.isPending}
        onClick={() =>
          make.mutate(user.id, { onError: error => toastError(error, admin('failed')) })
        }
      >
        {t('resetMake')}
      </Button>
    )
  }
  const link = location.origin + made.path
  const time = format.dateTime(new Date(made.expires_at), {
    dateStyle: 'medium',
    timeStyle: 'short',
  })
  return (
    <div className="mt-1">
      <div className="flex items-center gap-1">
        <input
          readOnly
          aria-label={t('resetLink')}
          value={link}
          onFocus={event => event.target.select()}
          className={cn(fieldLook, 'font-mono text-mini')}
        />
        <CopyButton label={t('resetCopy')} text={() => link} />
      </div>
      <p role="status" className="mt-1 text-ink-soft text-mini">
        {t('resetMade', { name: user.name, time })}
      </p>
    </div>
  )
}
