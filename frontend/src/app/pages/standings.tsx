import { StandingsPage } from '@/features/compare/StandingsPage'
import { WithPlatformWords } from '@/features/platform/words'
import { useTranslations } from '@/i18n'
import { WithCompareWords } from '@/i18n/compare'
import { Page } from '../page'

export default function Standings() {
  return (
    <WithPlatformWords>
      <WithCompareWords>
        <Room />
      </WithCompareWords>
    </WithPlatformWords>
  )
}

function Room() {
  const t = useTranslations('standings')
  return (
    <Page title={t('title')} intro={t('intro')}>
      <StandingsPage />
    </Page>
  )
}
