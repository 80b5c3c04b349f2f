import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useRef } from 'react'
import { chatKeys, updateChat } from '@/api/chats'
import { modelKeys, modelList, startModel } from '@/api/models'
import { chosenTools } from '@/api/tools'
import type { Chat, CompletionBody, Message, MessagePage, Part } from '@/api/types'
import { toastError } from '@/components/toast'
import { useTranslations } from '@/i18n'
import { newId } from '@/lib/ids'
import { setUi } from '@/lib/ui'
import {
  type Begun,
  followGeneration,
  forgetGeneration,
  onFinished,
  sendChat,
  stopGeneration,
} from '../live'
import { useChatActions } from '../manage/useChatActions'
import { callsTools, findModel } from '../picker/names'
import type { MessageActions, Outgoing } from '../types'
import { branchFrom, isLocal, isRunning, localMessage, replaced, settled } from './branch'
import { turning } from './fresh'

/** Keeps a message's place on the page when the server's id takes over from the local one. */
const keys = new Map<string, string>()

/** The key under which React and the virtual list know a message. */
export function keyOf(message: Message): string {
  return keys.get(message.id) ?? message.id
}

function partsOf(content: Outgoing['content']): Part[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  return content
}

/** A message's content as the server takes it: of files it needs no more than which. */
function sendable(content: Outgoing['content']): CompletionBody['content'] {
  if (typeof content === 'string') return content
  return content.map(part =>
    part.type === 'file' ? { type: 'file', file_id: part.file_id, pages: part.pages } : part,
  )
}

/** What was attached to a message stays when its words change. */
function reworded(message: Message, text: string): Outgoing['content'] {
  const attached = message.parts
    .filter(part => part.type === 'image' || part.type === 'file')
    .filter(part => part.type === 'image' || !part.gone)
  return attached.length > 0 ? [...attached, { type: 'text', text }] : text
}

/** What a turn changes on the page: at once, and when the server has stored it. */
interface Shown {
  now(page: MessagePage): MessagePage
  stored(page: MessagePage, begun: Begun): MessagePage
}

/** A turn whose messages stand below `parentId`, the `local` ones until the server has stored the real ones. */
function below(parentId: string | null, local: Message[]): Shown {
  return {
    now: page => branchFrom(page, parentId, local),
    stored: (page, begun) => {
      const stored = [begun.userMessage, begun.message].filter(message => message !== null)
      for (const message of local) {
        const real = stored.find(one => one.role === message.role)
        if (real) keys.set(real.id, message.id)
      }
      return branchFrom(page, stored[0]?.parent_id ?? null, stored)
    },
  }
}

/**
 * Ask for a reply and show the turn at once. On failure the branch is as it was, and the error is thrown on.
 * Nothing that is read meanwhile takes the turn off the page.
 */
async function turn(
  client: QueryClient,
  chatId: string,
  shown: Shown,
  body: CompletionBody,
): Promise<void> {
  const key = chatKeys.messages(chatId)
  const over = turning(chatId)
  try {
    await client.cancelQueries({ queryKey: key })
    const before = client.getQueryData<MessagePage>(key) ?? { messages: [], has_more: false }
    client.setQueryData<MessagePage>(key, shown.now(before))
    try {
      const begun = await sendChat({ ...body, ...without(client, chatId, body), chat_id: chatId })
      client.setQueryData<MessagePage>(key, page => page && shown.stored(page, begun))
      client.setQueryData<Chat>(
        chatKeys.one(chatId),
        chat => chat && { ...chat, active_leaf: begun.message.id },
      )
    } catch (error) {
      client.setQueryData<MessagePage>(key, before)
      throw error
    }
  } catch (error) {
    client.invalidateQueries({ queryKey: key })
    throw error
  } finally {
    over()
  }
}

/** Leaves the chat's tools out where the model that is asked cannot call any. */
function without(client: QueryClient, chatId: string, body: CompletionBody): { tools?: [] } {
  const chat = client.getQueryData<Chat>(chatKeys.one(chatId))
  if (!chat || chosenTools(chat.params).length === 0) return {}
  const models = client.getQueryData(modelList().queryKey) ?? []
  return callsTools(findModel(models, body.model ?? chat.model)) ? {} : { tools: [] }
}

/** Send what a person wrote below `parentId`. */
export function sendMessage(
  client: QueryClient,
  chatId: string,
  parentId: string | null,
  outgoing: Outgoing,
  model: string | null,
): Promise<void> {
  const clientId = newId()
  const user = localMessage(chatId, parentId, 'user', partsOf(outgoing.content), clientId)
  const reply = { ...localMessage(chatId, user.id, 'assistant', [], clientId), model }
  return turn(client, chatId, below(parentId, [user, reply]), {
    content: sendable(outgoing.content),
    parent_id: parentId,
    client_id: clientId,
    ...(model && { model }),
  })
}

/** Follow every reply of the branch that is being written, and settle it when it ends. */
export function useFollow(chatId: string, messages: Message[]): void {
  const client = useQueryClient()
  useEffect(() => {
    for (const message of messages) {
      if (isRunning(message) && message.generation_id && !isLocal(message)) {
        followGeneration(message.generation_id, chatId, message.id)
      }
    }
  }, [chatId, messages])
  useEffect(
    () =>
      onFinished(live => {
        if (live.chatId !== chatId) return
        client.setQueryData<MessagePage>(chatKeys.messages(chatId), page => {
          const message = page?.messages.find(one => one.id === live.messageId)
          return page && message && replaced(page, message.id, settled(message, live))
        })
        forgetGeneration(live.id)
        // How the reply follows its schema, and which tools it lacked, is the server's to say.
        const params = client.getQueryData<Chat>(chatKeys.one(chatId))?.params
        if (params && (params.response_format || chosenTools(params).length > 0)) {
          client.invalidateQueries({ queryKey: chatKeys.messages(chatId) })
        }
      }),
    [client, chatId],
  )
}

/** What a reader may do with the messages of a chat. Stable across renders. */
export function useMessageActions(chat: Chat, model: string | null): MessageActions {
  const t = useTranslations()
  const client = useQueryClient()
  const { fork } = useChatActions()
  const now = useRef({ chat, model, t, fork })
  now.current = { chat, model, t, fork }
  return useMemo(() => {
    const id = () => now.current.chat.id
    const say = (error: unknown) => toastError(error, now.current.t('common.failed'))

    const again = (message: Message, by: string | null) => {
      const reply = localMessage(id(), message.parent_id, 'assistant', [], newId())
      reply.siblings = [...message.siblings, reply.id]
      reply.model = by
      turn(client, id(), below(message.parent_id, [reply]), {
        parent_id: message.parent_id,
        ...(by && { model: by }),
      }).catch(say)
    }

    const choose = async (by: string) => {
      client.setQueryData<Chat>(chatKeys.one(id()), kept => kept && { ...kept, model: by })
      await updateChat(id(), { model: by })
    }

    return {
      regenerate: (message, by) => again(message, by ?? now.current.model),
      retryWith: (message, by) => {
        choose(by).catch(say)
        again(message, by)
      },
      restart: async (message, contextLength) => {
        const { model } = message
        if (!model) return
        try {
          await startModel({ model_id: model, context_length: contextLength })
          again(message, model)
        } catch (error) {
          toastError(error, now.current.t('reply.restartFailed'))
        } finally {
          client.invalidateQueries({ queryKey: modelKeys.all })
        }
      },
      continue: message => {
        const fresh = { status: 'pending', error: null, generation_id: null } as const
        const shown: Shown = {
          now: page => replaced(page, message.id, fresh),
          stored: (page, begun) => replaced(page, message.id, begun.message),
        }
        turn(client, id(), shown, { continue_message_id: message.id }).catch(say)
      },
      stop: async message => {
        if (!message.generation_id) return
        try {
          const { message: stopped } = await stopGeneration(message.generation_id)
          if (!stopped) return
          client.setQueryData<MessagePage>(
            chatKeys.messages(id()),
            page => page && replaced(page, stopped.id, stopped),
          )
        } catch (error) {
          say(error)
        }
      },
      showSibling: async sibling => {
        try {
          const saved = await updateChat(id(), { active_leaf: sibling, settle: true })
          client.setQueryData<Chat>(chatKeys.one(id()), kept => kept && { ...kept, ...saved })
          await client.invalidateQueries({ queryKey: chatKeys.messages(id()) })
        } catch (error) {
          say(error)
        }
      },
      edit: (message, content) => {
        const clientId = newId()
        const said = reworded(message, content)
        const user = localMessage(id(), message.parent_id, 'user', partsOf(said), clientId)
        user.siblings = [...message.siblings, user.id]
        const by = now.current.model
        const reply = { ...localMessage(id(), user.id, 'assistant', [], clientId), model: by }
        turn(client, id(), below(message.parent_id, [user, reply]), {
          content: sendable(said),
          parent_id: message.parent_id,
          client_id: clientId,
          ...(by && { model: by }),
        }).catch(error => toastError(error, now.current.t('room.sendFailed')))
      },
      fork: message => now.current.fork(now.current.chat, message.id),
      openDrawer: (what, message) => {
        if (what === 'params') setUi({ drawer: { what } })
        else if (what === 'details' && message) {
          setUi({ drawer: { what, messageId: message.id } })
        } else if (what === 'logs' && message?.model) {
          setUi({ drawer: { what, model: message.model } })
        }
      },
    }
  }, [client])
}
