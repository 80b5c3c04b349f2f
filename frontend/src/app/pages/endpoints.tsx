import { EndpointsPage } from '@/features/endpoints/EndpointsPage'
import { WithPlatformWords } from '@/features/platform/words'

export default function Endpoints() {
  return (
    <WithPlatformWords>
      <EndpointsPage />
    </WithPlatformWords>
  )
}
