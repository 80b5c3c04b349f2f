import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { before, onSpent, readDraft, spend, without, writeDraft } from './drafts'

const quiet = 300
/** Beyond this the box keeps its greatest height: measuring the text again at each key is slow. */
const measurable = 20_000

/** Where the browser cannot size a text box by its content, do it by hand. */
function measure(area: HTMLTextAreaElement): void {
  if (CSS.supports('field-sizing', 'content')) return
  area.style.height = 'auto'
  area.style.height = area.value.length > measurable ? '40dvh' : `${area.scrollHeight}px`
}

export interface Draft {
  /** The text as it was when the person last paused. */
  rested: string
  /** Whether there is anything but white space. */
  filled: boolean
  /** Call at each input. */
  changed(): void
  replace(text: string): void
  /**
   * Empty the box for a message that is sent. Its words stay in the kept draft, so that neither a reload nor a
   * login that ends can lose them, until the returned function is told whether the server has stored them.
   */
  take(): (stored: boolean) => void
}

/** Words on their way to the server, and the chat they belong to. */
interface Held {
  chatId: string | null
  words: string
}

/**
 * The text box's content. It lives in the box and not in React's state: a long text would be compared and
 * set again at every key.
 */
export function useDraft(box: RefObject<HTMLTextAreaElement | null>, chatId: string | null): Draft {
  const [filled, setFilled] = useState(false)
  const [rested, setRested] = useState('')
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const held = useRef<Held>(null)
  const self = useRef({}).current

  const keep = useCallback(
    (text: string) =>
      writeDraft(chatId, held.current?.chatId === chatId ? before(held.current.words, text) : text),
    [chatId],
  )

  const settle = useCallback(() => {
    clearTimeout(timer.current)
    timer.current = undefined
    const area = box.current
    if (!area) return
    setRested(area.value)
    keep(area.value)
  }, [box, keep])

  const changed = useCallback(() => {
    const area = box.current
    if (!area) return
    measure(area)
    setFilled(/\S/.test(area.value))
    clearTimeout(timer.current)
    timer.current = setTimeout(settle, quiet)
  }, [box, settle])

  const replace = useCallback(
    (text: string) => {
      const area = box.current
      if (!area) return
      area.value = text
      changed()
      settle()
    },
    [box, changed, settle],
  )

  const take = useCallback(() => {
    const mine: Held = { chatId, words: box.current?.value ?? '' }
    held.current = mine
    replace('')
    return (stored: boolean) => {
      if (held.current === mine) held.current = null
      if (stored) spend(chatId, mine.words, self)
      // Whatever was typed meanwhile stays, behind it. Where the room was left, the kept draft has it.
      else if (box.current) replace(before(mine.words, box.current.value))
    }
  }, [box, chatId, replace, self])

  // Another box sent what this one has as its draft: it was left and entered again meanwhile.
  useEffect(
    () =>
      onSpent((spent, words, by) => {
        const area = box.current
        if (area && spent === chatId && by !== self) replace(without(words, area.value))
      }),
    [box, chatId, replace, self],
  )

  useLayoutEffect(() => {
    const area = box.current
    if (!area) return
    area.value = readDraft(chatId)
    setFilled(/\S/.test(area.value))
    setRested(area.value)
    measure(area)
    // Runs before the next chat's draft comes in, or the box goes: the last words are not lost.
    return () => {
      if (timer.current === undefined) return
      clearTimeout(timer.current)
      timer.current = undefined
      keep(area.value)
    }
  }, [box, chatId, keep])

  useEffect(() => {
    const leave = () => timer.current !== undefined && settle()
    window.addEventListener('pagehide', leave)
    return () => window.removeEventListener('pagehide', leave)
  }, [settle])

  return { rested, filled, changed, replace, take }
}
