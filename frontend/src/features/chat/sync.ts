/** Keeps the cache in step with what other tabs, devices and the server itself change. */
import type { QueryClient } from '@tanstack/react-query'
import { chatKeys, fetchChat, patchCached, raiseCached } from '@/api/chats'
import { useContact } from '@/api/contact'
import type { SessionFrame } from '@/api/frames'
import { isFarDown, refreshLists } from '@/api/lists'
import { modelKeys } from '@/api/models'
import type { Chat, ChatWithMessages } from '@/api/types'
import { connectLive, isOurs, onSession } from './live'

const lists = JSON.stringify(chatKeys.lists)

/** Several changes of one moment are fetched once. */
const gather = 50

type Changed = Extract<SessionFrame, { type: 'chat_changed' }>

/**
 * Note a turn of this tab's own, whose messages came with the reply itself; false where they have to be
 * read. A chat that is not on the page now does not hear of its reply's end: it is read when it is opened.
 */
function knows(client: QueryClient, { chat_id: id, rev }: Changed): boolean {
  const key = chatKeys.messages(id)
  if (!raiseCached(client, id, { rev, last_message_at: new Date().toISOString(), live: [] })) {
    return false
  }
  if (!client.getQueryCache().find({ queryKey: key })?.isActive()) {
    for (const queryKey of [key, chatKeys.one(id)]) {
      client.invalidateQueries({ queryKey, refetchType: 'none' })
    }
  }
  return true
}

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
        if (frame.change === 'message' && isOurs(frame.origin) && knows(client, frame)) return
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
      case 'reply_changed':
        patchCached(client, frame.chat_id, { waiting: frame.state === 'waiting' })
        return
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
