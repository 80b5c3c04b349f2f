import { Link } from '@tanstack/react-router'
import { useTranslations } from '@/i18n'

export function NotFound() {
  const t = useTranslations('app')
  return (
    <div className="grid h-full place-content-center justify-items-center gap-3 p-6 text-center">
      <h1 className="font-semibold text-title">{t('notFound')}</h1>
      <Link to="/" className="text-accent underline underline-offset-4">
        {t('home')}
      </Link>
    </div>
  )
}
