/** Keeps the cache in step with what other tabs, devices and the server itself change. */
import type { QueryClient } from '@tanstack/react-query'
import { chatKeys, fetchChat, patchCached } from '@/api/chats'
import { useContact } from '@/api/contact'
import { isFarDown, refreshLists } from '@/api/lists'
import { modelKeys } from '@/api/models'
import type { Chat, ChatWithMessages, SessionFrame } from '@/api/types'
import { connectLive, onSession } from './live'

const lists = JSON.stringify(chatKeys.lists)

/** Several changes of one moment are fetched once. */
const gather = 50

/** Connect, and keep connected until the returned function is called. */
export function synchronise(client: QueryClient): () => void {
  let first = true
  const stale = new Set<string>()
  let timer: ReturnType<typeof setTimeout> | undefined

  const refresh = () => {
    timer = undefined
    for (const text of stale) {
      const key = JSON.parse(text) as string[]
      if (text === lists) refreshLists(client)
      else client.invalidateQueries({ queryKey: key })
    }
    stale.clear()
  }
  const later = (key: readonly unknown[]) => {
    stale.add(JSON.stringify(key))
    timer ??= setTimeout(refresh, gather)
  }

  const look = (id: string) => {
    fetchChat(id)
      .then(chat => patchCached(client, id, withoutMessages(chat)))
      .catch(() => undefined)
  }

  const heard = (frame: SessionFrame) => {
    switch (frame.type) {
      case 'session_start':
        // What was missed while the socket was away is not told again.
        if (!first) {
          later(['chats', 'one'])
          later(['chats', 'messages'])
          later(chatKeys.lists)
          later(modelKeys.all)
        }
        first = false
        return
      case 'chat_changed': {
        later(chatKeys.lists)
        if (frame.change === 'deleted') {
          patchCached(client, frame.chat_id, null)
          later(chatKeys.one(frame.chat_id))
          return
        }
        const known = client.getQueryData<Chat>(chatKeys.one(frame.chat_id))
        if (known && known.rev >= frame.rev) return
        later(chatKeys.one(frame.chat_id))
        if (frame.change !== 'message' && isFarDown(client, frame.chat_id)) look(frame.chat_id)
        if (frame.change !== 'title') later(chatKeys.messages(frame.chat_id))
        return
      }
      case 'instance_changed':
        later(modelKeys.all)
        return
      default:
    }
  }

  const silence = onSession(heard)
  const back = useContact.subscribe((now, before) => {
    if (now.online && !before.online) client.invalidateQueries()
  })
  const close = connectLive()
  return () => {
    silence()
    back()
    close()
    clearTimeout(timer)
  }
}

function withoutMessages(chat: ChatWithMessages): Chat {
  const { messages: _, has_more: __, ...rest } = chat
  return rest
}
