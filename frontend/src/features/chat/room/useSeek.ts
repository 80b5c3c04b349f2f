import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { chatKeys, updateChat } from '@/api/chats'
import type { Chat, MessagePage } from '@/api/types'
import { toast, toastError } from '@/components/toast'
import { useTranslations } from '@/i18n'

/** How long a message that was sought stays marked, in milliseconds. */
const markedFor = 2400

interface Seeking {
  chatId: string
  /** Id of the message to go to; null for none. */
  sought: string | null
  /** The newest messages are here. */
  ready: boolean
  /** Fetch what stands above. */
  earlier(): Promise<void>
  onFound(): void
}

/**
 * Bring a message into the loaded part of the branch: pages above are fetched until it is there, and where
 * it is on another branch, that becomes the active one. Returns its id while it should be shown and marked.
 */
export function useSeek({ chatId, sought, ready, earlier, onFound }: Seeking): string | null {
  const t = useTranslations('room')
  const client = useQueryClient()
  const [marked, setMarked] = useState<string | null>(null)
  const now = useRef({ earlier, onFound, t })
  now.current = { earlier, onFound, t }

  useEffect(() => {
    if (!sought || !ready) return
    let current = true
    const key = chatKeys.messages(chatId)
    const page = () => client.getQueryData<MessagePage>(key)
    const here = () => page()?.messages.some(message => message.id === sought) ?? false

    /** Load upward until it is there or nothing is left. */
    const climb = async () => {
      for (let above = page(); !here() && above?.has_more && current; above = page()) {
        await now.current.earlier()
        if (page()?.messages.length === above.messages.length) return
      }
    }
    const turnTo = async () => {
      const saved = await updateChat(chatId, { active_leaf: sought, settle: true })
      client.setQueryData<Chat>(chatKeys.one(chatId), kept => kept && { ...kept, ...saved })
      await client.invalidateQueries({ queryKey: key })
    }
    const seek = async () => {
      await climb()
      if (!here() && current) {
        await turnTo()
        await climb()
      }
      if (!current) return
      if (here()) setMarked(sought)
      else toast({ title: now.current.t('notFound') })
    }

    seek()
      .catch((error: unknown) => current && toastError(error, now.current.t('notFound')))
      .finally(() => current && now.current.onFound())
    return () => {
      current = false
    }
  }, [client, chatId, sought, ready])

  useEffect(() => {
    if (!marked) return
    const timer = setTimeout(() => setMarked(null), markedFor)
    return () => clearTimeout(timer)
  }, [marked])
  return marked
}
