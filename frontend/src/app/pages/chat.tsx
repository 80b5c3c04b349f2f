import { useLocation, useNavigate, useParams } from '@tanstack/react-router'
import { ChatRoom } from '@/features/chat/room/ChatRoom'

/** A chat; `#<message id>` in the address leads to one message of it. */
export default function ChatPage() {
  const { chatId } = useParams({ from: '/c/$chatId' })
  const sought = useLocation({ select: location => location.hash }) || null
  const navigate = useNavigate()
  return (
    <ChatRoom
      chatId={chatId}
      sought={sought}
      // Gone from the address, so that the same hit can be followed again.
      onFound={() => navigate({ to: '/c/$chatId', params: { chatId }, replace: true })}
    />
  )
}
