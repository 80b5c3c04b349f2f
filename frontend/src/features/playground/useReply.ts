import { useCallback, useEffect, useRef, useState } from 'react'
import { streamText, type TextEnd, type TextRequest } from '@/api/control/inference'
import { ApiError } from '@/api/errors'
import type { ErrorInfo } from '@/api/types'

export interface Reply {
  state: 'idle' | 'waiting' | 'writing' | 'done' | 'stopped' | 'failed'
  text: string
  thinking: string
  error: ErrorInfo | null
  end: TextEnd | null
  /** Milliseconds from asking to the first piece, as this page saw it. */
  firstMs: number | null
}

const idle: Reply = {
  state: 'idle',
  text: '',
  thinking: '',
  error: null,
  end: null,
  firstMs: null,
}

/** Milliseconds for which pieces are gathered before they are drawn. */
const gather = 30

interface Told {
  text: string
  thinking: string
}

export interface Asking {
  reply: Reply
  /** Asks anew; what was being written is stopped. Resolves with what was written, to its end or not. */
  ask(request: TextRequest): Promise<Told>
  stop(): void
  clear(): void
}

/** One answer at a time, as it is being written. */
export function useReply(): Asking {
  const [reply, setReply] = useState(idle)
  const going = useRef<AbortController | null>(null)
  useEffect(() => () => going.current?.abort(), [])

  const ask = useCallback(async (request: TextRequest) => {
    going.current?.abort()
    const abort = new AbortController()
    going.current = abort
    const mine = (change: Partial<Reply>) => {
      if (going.current === abort) setReply(before => ({ ...before, ...change }))
    }
    setReply({ ...idle, state: 'waiting' })
    const begun = performance.now()
    const told: Told = { text: '', thinking: '' }
    let timer: ReturnType<typeof setTimeout> | undefined
    let firstMs: number | null = null
    const draw = () => {
      timer = undefined
      mine({ state: 'writing', ...told, firstMs })
    }
    try {
      const end = await streamText(request, abort.signal, piece => {
        if (piece.text || piece.thinking) firstMs ??= performance.now() - begun
        told.text += piece.text
        told.thinking += piece.thinking
        timer ??= setTimeout(draw, gather)
      })
      mine({ state: 'done', ...told, firstMs, end })
      return told
    } catch (error) {
      if (abort.signal.aborted) {
        mine({ state: 'stopped', ...told, firstMs })
        return told
      }
      const info =
        error instanceof ApiError ? error.info : { code: 'unknown', message: String(error) }
      mine({ state: 'failed', ...told, firstMs, error: info })
      return told
    } finally {
      clearTimeout(timer)
    }
  }, [])

  const stop = useCallback(() => going.current?.abort(), [])
  const clear = useCallback(() => {
    going.current?.abort()
    going.current = null
    setReply(idle)
  }, [])
  return { reply, ask, stop, clear }
}

export function isBusy(reply: Reply): boolean {
  return reply.state === 'waiting' || reply.state === 'writing'
}
