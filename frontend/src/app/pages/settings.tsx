import { lazy, Suspense } from 'react'
import { Contents } from '@/components/contents'
import { ImportSection } from '@/features/chat/importing/ImportSection'
import { DeviceSections } from '@/features/device/DeviceSections'
import { SettingsPage } from '@/features/settings/SettingsPage'
import { useTranslations } from '@/i18n'
import { Page } from '../page'

const AccountSettings = lazy(() => import('@/features/accounts/AccountSettings'))
const OwnUsage = lazy(() => import('@/features/admin/OwnUsage'))

export default function Settings() {
  const t = useTranslations('settings')
  return (
    <Page title={t('title')} intro={t('intro')}>
      <Contents label={t('contents')}>
        <SettingsPage>
          <DeviceSections />
          <Suspense fallback={null}>
            <AccountSettings />
          </Suspense>
          <ImportSection />
          <Suspense fallback={null}>
            <OwnUsage />
          </Suspense>
        </SettingsPage>
      </Contents>
    </Page>
  )
}
