import { LogsDrawer } from '@/components/logs-drawer'
import { changeDraftSettings } from '@/features/chat/room/settings'
import { ModelsPage } from '@/features/models/ModelsPage'
import { useTranslations } from '@/i18n'
import { Page } from '../page'

export default function Models() {
  const t = useTranslations('models')
  return (
    <Page title={t('title')} intro={t('intro')} drawer={<LogsDrawer />}>
      <ModelsPage onChat={model => changeDraftSettings({ model: model.id })} />
    </Page>
  )
}
