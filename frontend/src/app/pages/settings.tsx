import { useTranslations } from '@/i18n'

export default function Page() {
  const t = useTranslations('app')
  return <h1>{t('name')}</h1>
}
