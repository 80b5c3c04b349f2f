import { useParams } from '@tanstack/react-router'
import { WithPlatformWords } from '@/features/platform/words'
import { PlaygroundPage } from '@/features/playground/PlaygroundPage'

export default function Playground() {
  const { runId } = useParams({ from: '/playground/$runId' })
  return (
    <WithPlatformWords>
      <PlaygroundPage key={runId} runId={runId} />
    </WithPlatformWords>
  )
}
