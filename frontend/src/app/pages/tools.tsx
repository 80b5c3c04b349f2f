import { ForAdministrators } from '@/features/platform/ForAdministrators'
import { WithPlatformWords } from '@/features/platform/words'
import { ToolsPage } from '@/features/tools/ToolsPage'
import { useTranslations } from '@/i18n'
import { WithToolServerWords } from '@/i18n/toolservers'

export default function Tools() {
  return (
    <WithPlatformWords>
      <WithToolServerWords>
        <Guarded />
      </WithToolServerWords>
    </WithPlatformWords>
  )
}

function Guarded() {
  const t = useTranslations('platform')
  return (
    <ForAdministrators title={t('tools')}>
      <ToolsPage />
    </ForAdministrators>
  )
}
