import { useQuery } from '@tanstack/react-query'
import { authStatus } from '@/api/accounts'
import { Section } from '@/components/section'
import { useTranslations } from '@/i18n'
import { WithPlatformWords } from '../platform/words'
import { Usage } from './UsagePage'
import { WithAdminWords } from './words'

/** A part of the settings: what one's own requests took. Nothing before a login. */
export default function OwnUsage() {
  const status = useQuery(authStatus()).data
  if (!status || (status.accounts && !status.user)) return null
  return (
    <WithPlatformWords>
      <WithAdminWords>
        <Shown />
      </WithAdminWords>
    </WithPlatformWords>
  )
}

function Shown() {
  const t = useTranslations('adminUsage')
  return (
    <Section title={t('own')} note={t('ownIntro')}>
      <Usage own />
    </Section>
  )
}
