import { WithPlatformWords } from '@/features/platform/words'
import { PromptsPage } from '@/features/prompts/PromptsPage'
import { useTranslations } from '@/i18n'
import { WithPromptWords } from '@/i18n/prompts'
import { Page } from '../page'

export default function Prompts() {
  return (
    <WithPlatformWords>
      <WithPromptWords>
        <Room />
      </WithPromptWords>
    </WithPlatformWords>
  )
}

function Room() {
  const t = useTranslations('prompts')
  return (
    <Page title={t('title')} intro={t('intro')}>
      <PromptsPage />
    </Page>
  )
}
