/** Which chats are selected in the sidebar, to do one thing to all of them. */
import { create } from 'zustand'

interface Selection {
  on: boolean
  ids: ReadonlySet<string>
  /** Where a range begins that is selected with Shift. */
  anchor: string | null
}

const nothing: Selection = { on: false, ids: new Set(), anchor: null }

export const useSelection = create<Selection>(() => nothing)

/** Begin to select, with one chat where it is named. */
export function beginSelecting(id?: string): void {
  useSelection.setState({ on: true, ids: new Set(id ? [id] : []), anchor: id ?? null })
}

export function endSelecting(): void {
  useSelection.setState(nothing)
}

export function selectAll(ids: readonly string[]): void {
  useSelection.setState({ on: true, ids: new Set(ids) })
}

/** Select one or no more; with `range` all between it and the one that was touched before, in this `order`. */
export function toggleSelected(id: string, range: boolean, order: readonly string[]): void {
  useSelection.setState(before => {
    const ids = new Set(before.ids)
    const from = range && before.anchor ? order.indexOf(before.anchor) : -1
    const to = order.indexOf(id)
    if (from >= 0 && to >= 0) {
      for (const one of order.slice(Math.min(from, to), Math.max(from, to) + 1)) ids.add(one)
    } else if (!ids.delete(id)) {
      ids.add(id)
    }
    return { on: true, ids, anchor: id }
  })
}
