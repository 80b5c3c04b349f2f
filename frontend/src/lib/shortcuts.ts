import { useEffect, useRef } from 'react'

export interface Shortcut {
  /** Of KeyboardEvent.key, lower case. */
  key: string
  mod?: boolean
  shift?: boolean
  /** Also while typing in a field. Implied by `mod`. */
  whileTyping?: boolean
  run(): void
}

function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  )
}

/** Run the first shortcut that an unclaimed key press means. */
export function useShortcuts(shortcuts: Shortcut[]): void {
  const latest = useRef(shortcuts)
  latest.current = shortcuts
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || event.altKey) return
      const mod = event.ctrlKey || event.metaKey
      const found = latest.current.find(
        one =>
          one.key === event.key.toLowerCase() &&
          (one.mod ?? false) === mod &&
          (one.shift === undefined || one.shift === event.shiftKey) &&
          (mod || one.whileTyping || !typing(event.target)),
      )
      if (!found) return
      event.preventDefault()
      found.run()
    }
    window.addEventListener('keydown', pressed)
    return () => window.removeEventListener('keydown', pressed)
  }, [])
}
