import { EndpointsPage } from '@/features/endpoints/EndpointsPage'
import { ForAdministrators } from '@/features/platform/ForAdministrators'
import { WithPlatformWords } from '@/features/platform/words'
import { useTranslations } from '@/i18n'

export default function Endpoints() {
  return (
    <WithPlatformWords>
      <Guarded />
    </WithPlatformWords>
  )
}

function Guarded() {
  const t = useTranslations('platform')
  return (
    <ForAdministrators title={t('endpoints')}>
      <EndpointsPage />
    </ForAdministrators>
  )
}
