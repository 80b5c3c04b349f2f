/** Tells of answers to a person who looks elsewhere: the tab's title and icon, and a notice if it is wanted. */
import type { QueryClient } from '@tanstack/react-query'
import { chatKeys, fetchChat } from '@/api/chats'
import type { ReplyChanged } from '@/api/frames'
import type { Chat } from '@/api/types'
import { told } from '@/i18n/errors'
import { usePreferences } from '@/lib/preferences'
import { markTitle } from '@/lib/title'
import { worker } from '@/lib/worker'
import { onFinished, onSession } from './live'
import type { LiveGeneration } from './live/state'
import { useLiveStore } from './live/store'

/** Answers that took less are not worth a notice; milliseconds. */
const long = 8_000
const words = 140

const away = () => document.visibilityState === 'hidden' || !document.hasFocus()

/** Watch until the returned function is called. */
export function watchAnswers(client: QueryClient): () => void {
  let unseen = 0
  let running = 0
  const show = () => {
    markTitle(running > 0 ? '● ' : unseen > 0 ? '✓ ' : '')
    const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]')
    const file = running > 0 ? '/favicon-live.svg' : '/favicon.svg'
    if (icon && icon.getAttribute('href') !== file) icon.setAttribute('href', file)
    const count = unseen > 0 ? navigator.setAppBadge?.(unseen) : navigator.clearAppBadge?.()
    count?.catch(() => undefined)
  }
  const looked = () => {
    if (away() || unseen === 0) return
    unseen = 0
    show()
  }
  const counted = useLiveStore.subscribe(({ generations }) => {
    const now = Object.values(generations).filter(live => !live.done).length
    if (now === running) return
    running = now
    show()
  })
  const heard = onFinished(live => {
    if (worthy(live)) void once(live.id, () => notify(fromLive(live, titleOf(client, live.chatId))))
    if (!away()) return
    unseen += 1
    show()
  })
  // The socket tells of every chat of the person's; what a tab follows may also come without it.
  const ended = onSession(frame => {
    if (frame.type !== 'reply_changed' || !late(frame)) return
    void once(frame.generation, async () => notify(await fromServer(frame)))
  })
  window.addEventListener('focus', looked)
  document.addEventListener('visibilitychange', looked)
  return () => {
    counted()
    heard()
    ended()
    window.removeEventListener('focus', looked)
    document.removeEventListener('visibilitychange', looked)
  }
}

/** Whether an answer is one that a person may have stopped waiting for, and did not stop themselves. */
function worthy(live: Pick<LiveGeneration, 'startedAt' | 'endedAt' | 'stopReason'>): boolean {
  return (live.endedAt ?? Date.now()) - live.startedAt >= long && live.stopReason !== 'cancelled'
}

/** The same of an answer that the server tells of. */
export function late({ state, status, seconds }: ReplyChanged): boolean {
  return state === 'ended' && seconds * 1000 >= long && status !== 'stopped'
}

function titleOf(client: QueryClient, chatId: string): string {
  return client.getQueryData<Chat>(chatKeys.one(chatId))?.title || 'StellarChat'
}

interface Notice {
  id: string
  chatId: string
  title: string
  body: string
}

function fromLive(live: LiveGeneration, title: string): Notice {
  const text = live.blocks.find(block => block.type === 'text')?.text ?? ''
  const body = live.error ? told(live.error).message : beginning(text)
  return { id: live.id, chatId: live.chatId, title, body }
}

async function fromServer(frame: ReplyChanged): Promise<Notice> {
  const chat = await fetchChat(frame.chat_id)
  const message = chat.messages.find(one => one.id === frame.message_id)
  const body = message?.error ? told(message.error).message : beginning(message?.content ?? '')
  return { id: frame.generation, chatId: chat.id, title: chat.title || 'StellarChat', body }
}

/** How long a tab that is not looked at leaves the others time to say that one is, in milliseconds. */
const courtesy = 400
const key = 'stellarchat.noticed'
const remembered = 50

/**
 * Run `show` unless a tab is looked at, or another one runs it: the first that gets to an answer writes its
 * id down, and a tab that is looked at only writes.
 */
export async function once(id: string, show: () => Promise<void>): Promise<void> {
  const looked = !away()
  if (!looked) await new Promise(resolve => setTimeout(resolve, courtesy))
  // Nothing else may be at what is stored meanwhile; notices need a secure page, and that has locks.
  const first = await (navigator.locks?.request(key, () => note(id)) ?? note(id))
  if (first && !looked) await show().catch(() => undefined)
}

/** Write an answer down; false where a tab has done so. */
function note(id: string): boolean {
  try {
    const before: unknown = JSON.parse(localStorage.getItem(key) ?? '[]')
    const ids = Array.isArray(before) ? before : []
    if (ids.includes(id)) return false
    localStorage.setItem(key, JSON.stringify([...ids.slice(1 - remembered), id]))
  } catch {
    // Storage is full or blocked: the notices of two tabs have one tag, and the later takes the place.
  }
  return true
}

async function notify({ id, chatId, title, body }: Notice): Promise<void> {
  const { notify: wanted, sound } = usePreferences.getState()
  if (!wanted || !('Notification' in window) || Notification.permission !== 'granted') return
  const options = {
    body,
    // The same answer in two tabs is one notice.
    tag: id,
    icon: '/icon-192.png',
    silent: true,
    data: { path: `/c/${chatId}` },
  }
  const shower = await worker()
  if (shower) await shower.showNotification(title, options)
  else new Notification(title, options)
  if (sound) chime()
}

function beginning(text: string): string {
  const line = text
    .replace(/[#*_`>|]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  return line.length > words ? `${line.slice(0, words)}…` : line
}

/** Two soft tones. */
function chime(): void {
  const audio = new AudioContext()
  for (const [index, pitch] of [660, 880].entries()) {
    const [tone, loudness] = [audio.createOscillator(), audio.createGain()]
    const at = audio.currentTime + index * 0.16
    tone.frequency.value = pitch
    loudness.gain.setValueAtTime(0.0001, at)
    loudness.gain.exponentialRampToValueAtTime(0.12, at + 0.02)
    loudness.gain.exponentialRampToValueAtTime(0.0001, at + 0.3)
    tone.connect(loudness).connect(audio.destination)
    tone.start(at)
    tone.stop(at + 0.32)
  }
  setTimeout(() => void audio.close(), 1000)
}
