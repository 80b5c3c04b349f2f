import { useQuery } from '@tanstack/react-query'
import { LogOut } from 'lucide-react'
import { authStatus, logOut } from '@/api/accounts'
import { IconButton } from '@/components/button'
import { toastError } from '@/components/toast'
import { useTranslations } from '@/i18n'

/** Who is logged in, and the way out. Nothing where there are no accounts. */
export function AccountRow({ folded = false }: { folded?: boolean }) {
  const t = useTranslations('sidebar')
  const common = useTranslations('common')
  const user = useQuery(authStatus()).data
  if (!user?.accounts || !user.user) return null
  const leave = () =>
    logOut().then(
      // A fresh page: nothing of this user stays in memory.
      () => location.assign('/'),
      error => toastError(error, common('failed')),
    )
  const out = (
    <IconButton label={t('logOut')} side={folded ? 'right' : undefined} onClick={leave}>
      <LogOut className="size-4" aria-hidden />
    </IconButton>
  )
  if (folded) return out
  return (
    <div className="flex h-10 items-center gap-2.5 pl-2 touch:h-12">
      <span
        aria-hidden
        className="grid size-6 shrink-0 place-items-center rounded-full bg-accent-wash font-semibold text-accent text-mini uppercase"
      >
        {Array.from(user.user.name)[0]}
      </span>
      <span className="min-w-0 flex-1 truncate">{user.user.name}</span>
      {out}
    </div>
  )
}
