import { useEffect, useState } from 'react'
import { followLogs, readLogs } from '@/api/control/instances'
import { ApiError } from '@/api/errors'

/** How many lines are kept: more than anybody reads, few enough to draw. */
const kept = 1000
const tail = 300
/** Milliseconds before a log that broke off is asked for again. */
const pause = 2000

export interface Log {
  lines: string[]
  state: 'loading' | 'following' | 'broken' | 'gone'
}

/** The lines of an instance, the newest last, as the engine writes them. */
export function useLog(runId: string): Log {
  const [log, setLog] = useState<Log>({ lines: [], state: 'loading' })
  useEffect(() => {
    const abort = new AbortController()
    follow(runId, abort.signal, change => setLog(before => ({ ...before, ...change(before) })))
    return () => abort.abort()
  }, [runId])
  return log
}

type Change = (before: Log) => Partial<Log>

async function follow(
  runId: string,
  signal: AbortSignal,
  set: (change: Change) => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      // Lines come singly and quickly at first: gathered, they are drawn once.
      let gathered: string[] = []
      let heard = 0
      let timer: ReturnType<typeof setTimeout> | undefined
      const flush = () => {
        timer = undefined
        const fresh = gathered
        // The stream begins with the last lines: they take the place of those from before.
        const anew = heard === fresh.length
        gathered = []
        set(before => ({
          lines: [...(anew ? [] : before.lines), ...fresh].slice(-kept),
          state: 'following',
        }))
      }
      await followLogs(runId, tail, signal, line => {
        heard += 1
        gathered.push(line)
        timer ??= setTimeout(flush, 50)
      })
      clearTimeout(timer)
      if (gathered.length > 0) flush()
      if (heard === 0) {
        const lines = await readLogs(runId, tail, signal)
        set(() => ({ lines, state: 'following' }))
      }
      await wait(pause, signal)
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof ApiError && error.status === 404) {
        set(() => ({ state: 'gone' }))
        return
      }
      set(() => ({ state: 'broken' }))
      await wait(pause, signal)
    }
  }
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
