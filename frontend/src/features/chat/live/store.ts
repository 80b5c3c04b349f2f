/** The generations that this tab follows. Frames are applied at once and shown every 40 ms. */
import { create } from 'zustand'
import { useShallow } from 'zustand/react/shallow'
import type { GenerationFrame } from '@/api/frames'
import { applyFrame, freshGeneration, type LiveGeneration } from './state'

export type { LiveBlock, LiveGeneration } from './state'

interface Shown {
  generations: Record<string, LiveGeneration>
}

export const useLiveStore = create<Shown>(() => ({ generations: {} }))

/** Between 32 and 56 ms: smooth to the eye, and rare enough for a slow phone. */
const commitEvery = 40

const working = new Map<string, LiveGeneration>()
let timer: ReturnType<typeof setTimeout> | undefined

/** Show what has been applied. */
export function commit(): void {
  clearTimeout(timer)
  timer = undefined
  useLiveStore.setState({ generations: Object.fromEntries(working) })
}

function soon(): void {
  timer ??= setTimeout(commit, commitEvery)
}

/** The newest state, which may be some milliseconds ahead of what is shown. */
export function current(id: string): LiveGeneration | undefined {
  return working.get(id)
}

export function open(id: string, chatId: string, messageId: string): LiveGeneration {
  const known = working.get(id)
  if (known) return known
  const fresh = freshGeneration(id, chatId, messageId, Date.now())
  working.set(id, fresh)
  soon()
  return fresh
}

/** Apply one frame; returns the new state, or undefined where the generation is not followed. */
export function apply(frame: GenerationFrame): LiveGeneration | undefined {
  const state = working.get(frame.generation_id)
  if (!state) return undefined
  const next = applyFrame(state, frame, Date.now())
  if (next === state) return state
  working.set(next.id, next)
  if (next.done) commit()
  else soon()
  return next
}

export function patch(id: string, change: Partial<LiveGeneration>): void {
  const state = working.get(id)
  if (!state) return
  working.set(id, { ...state, ...change })
  commit()
}

/** Forget a generation; its message tells everything from now on. */
export function drop(id: string): void {
  if (working.delete(id)) commit()
}

/** What is shown of a generation now, for what looks only now and then. */
export function liveGeneration(id: string): LiveGeneration | null {
  return useLiveStore.getState().generations[id] ?? null
}

/** The live state of a generation, or null where it is not (or no longer) followed. */
export function useLiveGeneration(id: string | null | undefined): LiveGeneration | null {
  return useLiveStore(state => (id ? (state.generations[id] ?? null) : null))
}

/** Ids of the chats in which this tab sees something being written. */
export function useLiveChats(): string[] {
  return useLiveStore(
    useShallow(state => [
      ...new Set(
        Object.values(state.generations)
          .filter(live => !live.done)
          .map(live => live.chatId),
      ),
    ]),
  )
}
