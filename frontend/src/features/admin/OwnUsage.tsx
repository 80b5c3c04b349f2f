import { useQuery } from '@tanstack/react-query'
import { authStatus } from '@/api/accounts'
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
        <Section />
      </WithAdminWords>
    </WithPlatformWords>
  )
}

function Section() {
  const t = useTranslations('adminUsage')
  return (
    <section aria-label={t('own')} className="mb-9">
      <h2 className="border-line border-b pb-2 font-medium text-ink-faint">{t('own')}</h2>
      <p className="mb-4 pt-3 text-ink-soft">{t('ownIntro')}</p>
      <Usage own />
    </section>
  )
}
