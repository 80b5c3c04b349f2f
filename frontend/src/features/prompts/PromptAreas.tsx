import { Link } from '@tanstack/react-router'
import { Areas, areaLook } from '@/components/areas'
import { useTranslations } from '@/i18n'

/** The two rooms of what people keep to ask with. */
export function PromptAreas() {
  const t = useTranslations('prompts')
  const personas = useTranslations('personas')
  return (
    <Areas label={t('areas')}>
      <Link to="/prompts" className={areaLook}>
        {t('title')}
      </Link>
      <Link to="/personas" className={areaLook}>
        {personas('title')}
      </Link>
    </Areas>
  )
}
