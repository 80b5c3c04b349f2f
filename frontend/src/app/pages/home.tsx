import { NewChat } from '@/features/chat/room/NewChat'
import { changeDraftSettings } from '@/features/chat/room/settings'
import { Offers } from '@/features/models/Offers'

export default function Home() {
  return <NewChat offers={<Offers onChat={model => changeDraftSettings({ model: model.id })} />} />
}
