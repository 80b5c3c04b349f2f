import { useEffect, useRef, useState } from 'react'
import { countContext } from '@/api/chats'
import type { ModelInfo } from '@/api/types'
import { estimateTokens } from './estimate'

export interface ContextUse {
  used: number
  total: number | null
  exact: boolean
}

interface Asked {
  model: ModelInfo | undefined
  chatId: string | null
  parentId: string | null
  systemPrompt: string | null
  /** The draft, as it was when it last rested. */
  content: string
}

/** How long the draft must rest before the tokenizer is asked, in milliseconds. */
const rest = 450
/** Beyond this the draft is estimated: sending it along just to count it would be slow. */
const longest = 400_000

/** How much of the model's context the next message would take; null where nothing is known. */
export function useContextCount(asked: Asked): ContextUse | null {
  const { model, chatId, parentId, systemPrompt, content } = asked
  const [use, setUse] = useState<ContextUse | null>(null)
  /** What the conversation takes without the draft, from the last exact count. */
  const base = useRef({ of: '', tokens: 0 })
  const id = model?.id
  const total = model?.context_length ?? null
  useEffect(() => {
    if (!id) {
      setUse(null)
      return
    }
    const of = `${id} ${chatId} ${parentId}`
    const known = base.current.of === of ? base.current.tokens : 0
    const draft = estimateTokens(content)
    setUse(before => {
      // Between two exact counts the figure does not jump for a changed word.
      if (before?.exact && base.current.of === of && before.total === total) {
        const exact = content.length <= longest
        return { used: Math.max(exact ? before.used : 0, known + draft), total, exact }
      }
      return { used: known + draft, total, exact: false }
    })
    if (content.length > longest) return
    const abort = new AbortController()
    const timer = setTimeout(async () => {
      try {
        const body = {
          model: id,
          chat_id: chatId ?? undefined,
          parent_id: chatId ? parentId : undefined,
          content,
          system_prompt: systemPrompt,
        }
        const count = await countContext(body, abort.signal)
        base.current = { of, tokens: Math.max(0, count.prompt_tokens - draft) }
        setUse({
          used: count.prompt_tokens,
          total: count.context_length ?? total,
          exact: count.exact,
        })
      } catch {
        // The estimate stands, and says that it is one.
        if (!abort.signal.aborted) setUse({ used: known + draft, total, exact: false })
      }
    }, rest)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [id, total, chatId, parentId, systemPrompt, content])
  return use
}
