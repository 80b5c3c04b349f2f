import { useEffect, useMemo, useRef, useState } from 'react'
import { countContext } from '@/api/chats'
import type { ContextCount, FilePart, GenerationParams, ModelInfo } from '@/api/types'
import { estimateTokens } from './estimate'

export interface ContextUse {
  used: number
  total: number | null
  exact: boolean
  /** What the server said of it last; null until it has. */
  counted: ContextCount | null
}

interface Asked {
  model: ModelInfo | undefined
  chatId: string | null
  parentId: string | null
  systemPrompt: string | null
  params: GenerationParams
  /** The draft, as it was when it last rested. */
  content: string
  files: FilePart[]
}

/** How long the draft must rest before the tokenizer is asked, in milliseconds. */
const rest = 450
/** Beyond this the draft is estimated: sending it along just to count it would be slow. */
const longest = 400_000

/** How much of the model's context the next message would take; null where nothing is known. */
export function useContextCount(asked: Asked): ContextUse | null {
  const { model, chatId, parentId, systemPrompt, params, content, files } = asked
  const [use, setUse] = useState<ContextUse | null>(null)
  /** What the conversation takes without the draft, from the last exact count. */
  const base = useRef({ of: '', tokens: 0 })
  const id = model?.id
  const total = model?.context_length ?? null
  const state = model?.state
  // The same files again are no reason to count anew.
  const which = JSON.stringify(files.map(({ file_id, pages }) => ({ file_id, pages })))
  // Null: the chat has none of its own.
  const tools = JSON.stringify(params.tools ?? null)
  const attached = useMemo(() => files.reduce((sum, file) => sum + file.tokens, 0), [files])
  // biome-ignore lint/correctness/useExhaustiveDependencies: a model that has started counts exactly
  useEffect(() => {
    if (!id) {
      setUse(null)
      return
    }
    const of = `${id} ${chatId} ${parentId}`
    const known = base.current.of === of ? base.current.tokens : 0
    const draft = estimateTokens(content) + attached
    setUse(before => {
      // Between two exact counts the figure does not jump for a changed word.
      if (before?.exact && base.current.of === of && before.total === total) {
        const exact = content.length <= longest
        return { ...before, used: Math.max(exact ? before.used : 0, known + draft), total, exact }
      }
      return { used: known + draft, total, exact: false, counted: before?.counted ?? null }
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
          files: JSON.parse(which),
          system_prompt: systemPrompt,
          tools: JSON.parse(tools),
        }
        const count = await countContext(body, abort.signal)
        base.current = { of, tokens: Math.max(0, count.prompt_tokens - draft) }
        setUse({
          used: count.prompt_tokens,
          total: count.context_length ?? total,
          exact: count.exact,
          counted: count,
        })
      } catch {
        // The estimate stands, and says that it is one.
        if (!abort.signal.aborted) {
          setUse({ used: known + draft, total, exact: false, counted: null })
        }
      }
    }, rest)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [id, total, state, chatId, parentId, systemPrompt, tools, content, which, attached])
  return use
}
