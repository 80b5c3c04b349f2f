import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { readDraft, writeDraft } from './drafts'

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
}

/**
 * The text box's content. It lives in the box and not in React's state: a long text would be compared and
 * set again at every key.
 */
export function useDraft(box: RefObject<HTMLTextAreaElement | null>, chatId: string | null): Draft {
  const [filled, setFilled] = useState(false)
  const [rested, setRested] = useState('')
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)

  const settle = useCallback(() => {
    clearTimeout(timer.current)
    timer.current = undefined
    const area = box.current
    if (!area) return
    setRested(area.value)
    writeDraft(chatId, area.value)
  }, [box, chatId])

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
      if (!area) {
        // The room was left while the message was on its way: it waits there.
        writeDraft(chatId, text)
        return
      }
      area.value = text
      changed()
      settle()
    },
    [box, chatId, changed, settle],
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
      writeDraft(chatId, area.value)
    }
  }, [box, chatId])

  useEffect(() => {
    const leave = () => timer.current !== undefined && settle()
    window.addEventListener('pagehide', leave)
    return () => window.removeEventListener('pagehide', leave)
  }, [settle])

  return { rested, filled, changed, replace }
}
