import { Menu } from 'lucide-react'
import { IconButton } from '@/components/button'
import { useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { setUi } from '@/lib/ui'

/** Opens the sidebar on a phone, where it is a sheet. */
export function MenuButton({ className }: { className?: string }) {
  const t = useTranslations('sidebar')
  return (
    <IconButton
      label={t('openMenu')}
      className={cn('md:hidden', className)}
      onClick={() => setUi({ sheet: true })}
    >
      <Menu className="size-5" aria-hidden />
    </IconButton>
  )
}
