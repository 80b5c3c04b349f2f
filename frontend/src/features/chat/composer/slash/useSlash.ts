import { useCallback, useId, useRef, useState } from 'react'
import { slashOf } from './order'
import type { SlashHandle } from './SlashMenu'

/** The `/` that begins a message, from its first letter until something is chosen or it is none any more. */
export function useSlash() {
  const id = useId()
  const menu = useRef<SlashHandle>(null)
  const [query, setQuery] = useState<string | null>(null)
  const [active, setActive] = useState<string | null>(null)
  const [left, setLeft] = useState(false)
  const look = useCallback((text: string) => {
    const found = slashOf(text)
    setQuery(found)
    if (found === null) setLeft(false)
  }, [])
  const open = query !== null && !left
  return {
    id,
    menu,
    query: open ? query : null,
    active: open ? active : null,
    setActive,
    /** Call at each input. */
    look,
    close: useCallback(() => setLeft(true), []),
    /** Whether the list had use for a key. */
    takes: (event: KeyboardEvent) => open && (menu.current?.key(event) ?? false),
  }
}
