import { useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { useMemo } from 'react'
import { deleteChat, forkChat, patchCached, restoreChat, updateChat } from '@/api/chats'
import { refreshLists } from '@/api/lists'
import type { Chat, ChatChange } from '@/api/types'
import { toast, toastError } from '@/components/toast'
import { useTranslations } from '@/i18n'

/** What a title may have, less what marks a copy, in characters. */
const titleRoom = 180

/** What can be done to a chat as a whole. Shown at once, taken back where the server refuses. */
export interface ChatActions {
  rename(chat: Chat, title: string): void
  pin(chat: Chat, pinned: boolean): void
  move(chat: Chat, folder: string | null): void
  archive(chat: Chat, archived: boolean): void
  /** Copy it, down to one of its messages where that is given, and go to the copy. */
  fork(chat: Chat, messageId?: string): void
  remove(chat: Chat): void
}

export function useChatActions(): ChatActions {
  const t = useTranslations()
  const client = useQueryClient()
  const navigate = useNavigate()
  const { chatId: shown } = useParams({ strict: false })
  return useMemo(() => {
    const refresh = () => refreshLists(client)
    const nameOf = (chat: Chat) => chat.title || t('sidebar.untitled')

    const change = async (chat: Chat, fields: ChatChange): Promise<boolean> => {
      patchCached(client, chat.id, fields)
      try {
        const saved = await updateChat(chat.id, fields)
        patchCached(client, chat.id, saved)
        return true
      } catch (error) {
        patchCached(client, chat.id, chat)
        toastError(error, t('common.failed'))
        return false
      } finally {
        refresh()
      }
    }

    const leave = (chat: Chat) => {
      if (shown === chat.id) navigate({ to: '/' })
    }

    return {
      rename: (chat, title) => {
        const trimmed = title.trim()
        if (trimmed !== '' && trimmed !== chat.title) change(chat, { title: trimmed })
      },
      pin: (chat, pinned) => change(chat, { pinned }),
      move: (chat, folder) => change(chat, { folder }),
      archive: async (chat, archived) => {
        if (!(await change(chat, { archived }))) return
        const title = nameOf(chat)
        toast({
          title: archived ? t('chat.archived', { title }) : t('chat.unarchived', { title }),
          action: { label: t('common.undo'), run: () => change(chat, { archived: !archived }) },
        })
      },
      fork: async (chat, messageId) => {
        try {
          const title = chat.title && t('chat.forkOf', { title: chat.title.slice(0, titleRoom) })
          const copy = await forkChat(chat.id, {
            ...(messageId && { message_id: messageId }),
            ...(title && { title }),
          })
          await navigate({ to: '/c/$chatId', params: { chatId: copy.id } })
          toast({
            title: t('chat.forked', { title: nameOf(chat) }),
            action: {
              label: t('chat.toOriginal'),
              run: () => navigate({ to: '/c/$chatId', params: { chatId: chat.id } }),
            },
          })
        } catch (error) {
          toastError(error, t('chat.forkFailed'))
        } finally {
          refresh()
        }
      },
      remove: async chat => {
        patchCached(client, chat.id, null)
        leave(chat)
        try {
          await deleteChat(chat.id)
        } catch (error) {
          toastError(error, t('common.failed'))
          refresh()
          return
        }
        const restore = async () => {
          try {
            await restoreChat(chat.id)
            if (shown === chat.id) navigate({ to: '/c/$chatId', params: { chatId: chat.id } })
          } catch (error) {
            toastError(error, t('common.failed'))
          } finally {
            refresh()
          }
        }
        toast({
          title: t('chat.deleted', { title: nameOf(chat) }),
          action: { label: t('common.undo'), run: restore },
        })
      },
    }
  }, [client, navigate, shown, t])
}
