import { DeviceSections } from '@/features/device/DeviceSections'
import { SettingsPage } from '@/features/settings/SettingsPage'
import { useTranslations } from '@/i18n'
import { Page } from '../page'

export default function Settings() {
  const t = useTranslations('settings')
  return (
    <Page title={t('title')} intro={t('intro')}>
      <SettingsPage>
        <DeviceSections />
      </SettingsPage>
    </Page>
  )
}
