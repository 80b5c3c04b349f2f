import { ArrowDown } from 'lucide-react'
import {
  lazy,
  type ReactNode,
  Suspense,
  useCallback,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'
import { Virtualizer, type VirtualizerHandle } from 'virtua'
import type { Message, ModelInfo } from '@/api/types'
import { Tip } from '@/components/tip'
import { useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import type { MessageActions } from '../types'
import { isRunning } from './branch'
import { keyOf } from './useTurns'

const Reply = lazy(() => import('../reply').then(module => ({ default: module.Reply })))
const Summary = lazy(() => import('../reply').then(module => ({ default: module.Summary })))
const UserMessage = lazy(() => import('../reply').then(module => ({ default: module.UserMessage })))

/** Nearer to the end than this counts as being at the end, in pixels. */
const nearEnd = 64
/** For so long what is drawn for the first time may still move it, in milliseconds. */
const settling = 400
/** What stays free above a message that was sought, in pixels. */
const above = 56
/** Nearer to the top than this fetches what is above, in pixels. */
const nearTop = 1200

/** Text that leaves the view does not end at a hard edge; the scroll bar stays free. */
const fade = 'pointer-events-none absolute right-4 left-0 h-4 from-ground to-transparent'

export interface MessagesHandle {
  toEnd(): void
}

interface MessagesProps {
  /** Stands above the first message. */
  head?: ReactNode
  messages: Message[]
  hasMore: boolean
  loadingEarlier: boolean
  onEarlier(): void
  actions: MessageActions
  models: ModelInfo[]
  /** Id of a message to scroll to and to mark, while it is set. */
  marked: string | null
  handle?: React.Ref<MessagesHandle>
}

/**
 * The conversation: drawn only where it is seen. It stays at the end while text is written there, and
 * stays where it is once the reader has scrolled up.
 */
export function Messages(props: MessagesProps) {
  const { head, messages, hasMore, loadingEarlier, onEarlier, actions, models, marked, handle } =
    props
  const t = useTranslations('room')
  const scroller = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const list = useRef<VirtualizerHandle>(null)
  const end = useEnd(scroller, content)
  const shift = usePrepended(messages)
  const busy = messages.some(isRunning)
  useImperativeHandle(handle, () => ({ toEnd: end.go }), [end.go])
  useShown(list, messages, marked, end.leave)

  const scrolled = (offset: number) => {
    if (offset < nearTop && hasMore && !loadingEarlier) onEarlier()
  }

  const last = messages.length - 1
  return (
    <div className="relative min-h-0 flex-1">
      <section
        ref={scroller}
        aria-label={t('conversation')}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region needs focus
        tabIndex={0}
        className="h-full overflow-y-auto overscroll-contain [overflow-anchor:none] -outline-offset-2"
      >
        <div
          ref={content}
          className="mx-auto w-full max-w-[calc(var(--reading)+3rem)] px-4 pt-4 pb-6 md:px-6"
        >
          {loadingEarlier && (
            <p className="py-2 text-center text-ink-faint text-mini">{t('earlier')}</p>
          )}
          {!hasMore && head}
          <Suspense fallback={<Plain messages={messages} />}>
            <Virtualizer
              ref={list}
              scrollRef={scroller}
              shift={shift}
              onScroll={scrolled}
              bufferSize={600}
            >
              {messages.map((message, at) => (
                <div
                  key={keyOf(message)}
                  className={cn(message.role === 'user' ? 'pb-0.5' : 'pb-6', at === last && 'pb-0')}
                >
                  <div
                    data-marked={message.id === marked || undefined}
                    className="-mx-3 rounded-md px-3 transition-colors duration-500 data-marked:bg-noted"
                  >
                    {message.role === 'user' ? (
                      <UserMessage message={message} actions={actions} editable={!busy} />
                    ) : message.role === 'system' && message.metadata.summary ? (
                      <Summary message={message} />
                    ) : (
                      <Reply
                        message={message}
                        actions={actions}
                        last={at === last}
                        models={models}
                      />
                    )}
                  </div>
                </div>
              ))}
            </Virtualizer>
          </Suspense>
        </div>
      </section>
      <div aria-hidden className={cn(fade, 'top-0 bg-linear-to-b')} />
      <div aria-hidden className={cn(fade, 'bottom-0 bg-linear-to-t')} />
      {!end.near && (
        <div className="pointer-events-none absolute inset-x-0 bottom-3 grid place-items-center">
          <Tip label={t('jump')} side="top">
            <button
              type="button"
              aria-label={t('jump')}
              onClick={end.go}
              className="pointer-events-auto grid size-9 place-items-center rounded-full border border-line-strong bg-raised text-ink-soft shadow-float hover:text-ink touch:size-11"
            >
              <ArrowDown className="size-4" aria-hidden />
              {busy && (
                <span
                  aria-hidden
                  className="-top-0.5 -right-0.5 absolute size-2.5 animate-pulse rounded-full border-2 border-ground bg-live"
                />
              )}
            </button>
          </Tip>
        </div>
      )}
    </div>
  )
}

/** What the person has just written, while the renderer of replies is being fetched. */
function Plain({ messages }: { messages: Message[] }): ReactNode {
  return messages
    .filter(message => message.role === 'user')
    .slice(-1)
    .map(message => (
      <p
        key={message.id}
        className="ml-auto w-fit max-w-[85%] whitespace-pre-wrap break-words rounded-lg bg-said px-4 py-2.5 text-reading"
      >
        {message.content}
      </p>
    ))
}

/** Keeps the end in view until the reader scrolls away from it, and again when they come back. */
function useEnd(
  scroller: React.RefObject<HTMLDivElement | null>,
  content: React.RefObject<HTMLDivElement | null>,
) {
  const sticks = useRef(true)
  const [near, setNear] = useState(true)
  const go = useCallback(() => {
    sticks.current = true
    const element = scroller.current
    if (element) element.scrollTop = element.scrollHeight
  }, [scroller])

  const leave = useCallback(() => {
    sticks.current = false
  }, [])

  useLayoutEffect(go, [go])

  useEffect(() => {
    const element = scroller.current
    const inner = content.current
    if (!element || !inner) return
    const distance = () => element.scrollHeight - element.clientHeight - element.scrollTop
    let before = element.scrollTop
    const scrolled = () => {
      const at = distance()
      // Only a movement upward is the reader's; growing text moves the end away by itself.
      if (at <= 2) sticks.current = true
      else if (element.scrollTop < before - 1 && at > 4) sticks.current = false
      before = element.scrollTop
      setNear(sticks.current || at < nearEnd)
    }
    const grown = () => {
      if (sticks.current) element.scrollTop = element.scrollHeight
      else setNear(distance() < nearEnd)
    }
    const sizes = new ResizeObserver(grown)
    sizes.observe(inner)
    sizes.observe(element)
    element.addEventListener('scroll', scrolled, { passive: true })
    return () => {
      sizes.disconnect()
      element.removeEventListener('scroll', scrolled)
    }
  }, [scroller, content])

  return { near, go, leave }
}

/** Scrolls to the marked message, once what draws the messages is there. */
function useShown(
  list: React.RefObject<VirtualizerHandle | null>,
  messages: Message[],
  marked: string | null,
  leave: () => void,
) {
  const now = useRef(messages)
  now.current = messages
  useEffect(() => {
    if (!marked) return
    let frame = 0
    let begun = 0
    const go = (time: number) => {
      const at = now.current.findIndex(message => message.id === marked)
      if (list.current && at >= 0) {
        begun ||= time
        leave()
        list.current.scrollToIndex(at, { align: 'start', offset: -above })
      }
      if (!begun || time - begun < settling) frame = requestAnimationFrame(go)
    }
    frame = requestAnimationFrame(go)
    return () => cancelAnimationFrame(frame)
  }, [list, marked, leave])
}

/** True in the one render in which messages have been put above those that were there. */
function usePrepended(messages: Message[]): boolean {
  const before = useRef<{ first: string; count: number } | null>(null)
  const first = messages[0] ? keyOf(messages[0]) : ''
  const known = before.current
  const prepended =
    known !== null &&
    known.first !== first &&
    messages.length > known.count &&
    messages.some(message => keyOf(message) === known.first)
  useLayoutEffect(() => {
    before.current = { first, count: messages.length }
  }, [first, messages.length])
  return prepended
}
