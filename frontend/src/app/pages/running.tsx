import { changeDraftSettings } from '@/features/chat/room/settings'
import { RunningPage } from '@/features/instances/RunningPage'
import { WithPlatformWords } from '@/features/platform/words'

export default function Running() {
  return (
    <WithPlatformWords>
      <RunningPage onChat={model => changeDraftSettings({ model })} />
    </WithPlatformWords>
  )
}
