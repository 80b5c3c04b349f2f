import { WithPlatformWords } from '@/features/platform/words'
import { ToolsPage } from '@/features/tools/ToolsPage'
import { WithToolServerWords } from '@/i18n/toolservers'

export default function Tools() {
  return (
    <WithPlatformWords>
      <WithToolServerWords>
        <ToolsPage />
      </WithToolServerWords>
    </WithPlatformWords>
  )
}
