import { DownloadsPage } from '@/features/downloads/DownloadsPage'
import { WithPlatformWords } from '@/features/platform/words'

export default function Downloads() {
  return (
    <WithPlatformWords>
      <DownloadsPage />
    </WithPlatformWords>
  )
}
