import { Link } from '@tanstack/react-router'
import { useTranslations } from '@/i18n'

const look =
  'relative flex h-10 items-center whitespace-nowrap text-ink-soft transition-colors hover:text-ink touch:h-11 aria-[current=page]:font-medium aria-[current=page]:text-ink aria-[current=page]:after:absolute aria-[current=page]:after:inset-x-0 aria-[current=page]:after:-bottom-px aria-[current=page]:after:h-0.5 aria-[current=page]:after:rounded-full aria-[current=page]:after:bg-accent'

/** The rooms of comparing. */
export function Areas() {
  const t = useTranslations('compare')
  return (
    <nav aria-label={t('areas')} className="mb-5 flex gap-6 border-line border-b">
      <Link to="/compare" className={look}>
        {t('compare')}
      </Link>
      <Link to="/standings" className={look}>
        {t('table')}
      </Link>
    </nav>
  )
}
