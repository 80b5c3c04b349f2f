import { useParams } from '@tanstack/react-router'
import { ChatRoom } from '@/features/chat/room/ChatRoom'

export default function ChatPage() {
  const { chatId } = useParams({ from: '/c/$chatId' })
  return <ChatRoom chatId={chatId} />
}
