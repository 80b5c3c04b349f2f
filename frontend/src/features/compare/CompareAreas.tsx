import { Link } from '@tanstack/react-router'
import { Areas, areaLook } from '@/components/areas'
import { useTranslations } from '@/i18n'

/** The rooms of comparing. */
export function CompareAreas() {
  const t = useTranslations('compare')
  return (
    <Areas label={t('areas')}>
      <Link to="/compare" className={areaLook}>
        {t('compare')}
      </Link>
      <Link to="/standings" className={areaLook}>
        {t('table')}
      </Link>
    </Areas>
  )
}
