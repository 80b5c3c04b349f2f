/** The rooms around models as whole pages: `/gallery.html?scene=catalogue`. */
import type { ReactNode } from 'react'
import { DownloadsPage } from '@/features/downloads/DownloadsPage'
import { EndpointsPage } from '@/features/endpoints/EndpointsPage'
import { RunningPage } from '@/features/instances/RunningPage'
import { CataloguePage } from '@/features/models/CataloguePage'
import { WithPlatformWords } from '@/features/platform/words'
import { PlaygroundPage } from '@/features/playground/PlaygroundPage'

const nothing = () => undefined

export const rooms: Record<string, () => ReactNode> = {
  catalogue: () => <CataloguePage modelId={null} onChat={nothing} />,
  launch: () => <CataloguePage modelId="qwen3" onChat={nothing} />,
  large: () => <CataloguePage modelId="deepseek-r1" onChat={nothing} />,
  running: () => <RunningPage onChat={nothing} />,
  downloads: () => <DownloadsPage />,
  endpoints: () => <EndpointsPage />,
  playground: () => <PlaygroundPage runId="run-qwen" />,
}

export function RoomScene({ name }: { name: string }) {
  return <WithPlatformWords>{rooms[name]?.()}</WithPlatformWords>
}
