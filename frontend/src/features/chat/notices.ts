/** Tells of answers to a person who looks elsewhere: the tab's title and icon, and a notice if it is wanted. */
import type { QueryClient } from '@tanstack/react-query'
import { chatKeys } from '@/api/chats'
import type { Chat } from '@/api/types'
import { told } from '@/i18n/errors'
import { usePreferences } from '@/lib/preferences'
import { markTitle } from '@/lib/title'
import { worker } from '@/lib/worker'
import { onFinished } from './live'
import type { LiveGeneration } from './live/state'
import { useLiveStore } from './live/store'

/** Answers that took less are not worth a notice; milliseconds. */
export const long = 8_000
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
    if (!away()) return
    unseen += 1
    show()
    if (worthy(live)) void notify(live, titleOf(client, live.chatId))
  })
  window.addEventListener('focus', looked)
  document.addEventListener('visibilitychange', looked)
  return () => {
    counted()
    heard()
    window.removeEventListener('focus', looked)
    document.removeEventListener('visibilitychange', looked)
  }
}

/** Whether an answer is one that a person may have stopped waiting for, and did not stop themselves. */
export function worthy(
  live: Pick<LiveGeneration, 'startedAt' | 'endedAt' | 'stopReason'>,
): boolean {
  return (live.endedAt ?? Date.now()) - live.startedAt >= long && live.stopReason !== 'cancelled'
}

function titleOf(client: QueryClient, chatId: string): string {
  return client.getQueryData<Chat>(chatKeys.one(chatId))?.title || 'StellarChat'
}

async function notify(live: LiveGeneration, title: string): Promise<void> {
  const { notify: wanted, sound } = usePreferences.getState()
  if (!wanted || !('Notification' in window) || Notification.permission !== 'granted') return
  const text = live.blocks.find(block => block.type === 'text')?.text ?? ''
  const path = `/c/${live.chatId}`
  const options = {
    body: live.error ? told(live.error).message : beginning(text),
    // The same answer in two tabs is one notice.
    tag: live.id,
    icon: '/icon-192.png',
    silent: true,
    data: { path },
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
