import { useNavigate } from '@tanstack/react-router'
import { takeOnPersona } from '@/features/chat/room/settings'
import { WithPlatformWords } from '@/features/platform/words'
import { PersonasPage } from '@/features/prompts/PersonasPage'
import { useTranslations } from '@/i18n'
import { WithPromptWords } from '@/i18n/prompts'
import { Page } from '../page'

export default function Personas() {
  return (
    <WithPlatformWords>
      <WithPromptWords>
        <Room />
      </WithPromptWords>
    </WithPlatformWords>
  )
}

function Room() {
  const t = useTranslations('personas')
  const navigate = useNavigate()
  return (
    <Page title={t('title')} intro={t('intro')}>
      <PersonasPage
        onChat={persona => {
          takeOnPersona(persona)
          navigate({ to: '/' })
        }}
      />
    </Page>
  )
}
