/** The starts that this tab has begun. They go on while their drawer is closed. */
import type { QueryClient } from '@tanstack/react-query'
import { create } from 'zustand'
import { controlKeys } from '@/api/control/keys'
import { startStream } from '@/api/control/launch'
import type { StartRequest } from '@/api/control/types'
import { ApiError } from '@/api/errors'
import { modelKeys } from '@/api/models'
import { advance, begin, isOver, type Start } from './timeline'

interface Starts {
  /** By the variant's id. */
  starts: Readonly<Record<string, Start>>
}

export const useStarts = create<Starts>(() => ({ starts: {} }))

function put(start: Start): void {
  useStarts.setState(({ starts }) => ({ starts: { ...starts, [start.variant]: start } }))
}

/** Forget a start that is over. */
export function forget(variant: string): void {
  useStarts.setState(({ starts: { [variant]: _, ...starts } }) => ({ starts }))
}

/** Begin a start and follow it to its end. Its result, and what went wrong, stand in the store. */
export async function run(
  client: QueryClient,
  variant: string,
  name: string,
  body: StartRequest,
): Promise<void> {
  put(begin(variant, name, body, Date.now()))
  const told = () => useStarts.getState().starts[variant]
  try {
    await startStream(body, new AbortController().signal, progress => {
      const start = told()
      if (!start) return
      put(advance(start, progress, Date.now()))
      if (start.step !== progress.step) client.invalidateQueries({ queryKey: modelKeys.all })
    })
  } catch (error) {
    const start = told()
    if (start && error instanceof ApiError) {
      put({ ...start, step: 'error', error: error.info })
    }
  }
  const start = told()
  // The stream broke off: it goes on in the server, and what runs tells the rest.
  if (start && !isOver(start) && !start.instance) forget(variant)
  client.invalidateQueries({ queryKey: modelKeys.all })
  client.invalidateQueries({ queryKey: controlKeys.engines })
}
