import { useParams } from '@tanstack/react-router'
import { changeDraftSettings } from '@/features/chat/room/settings'
import { CataloguePage } from '@/features/models/CataloguePage'
import { WithPlatformWords } from '@/features/platform/words'

/** The catalogue; `/models/<id>` opens the launch form of one model beside it. */
export default function Models() {
  const { modelId = null } = useParams({ strict: false })
  return (
    <WithPlatformWords>
      <CataloguePage modelId={modelId} onChat={model => changeDraftSettings({ model })} />
    </WithPlatformWords>
  )
}
