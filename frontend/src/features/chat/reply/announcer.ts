/** The page's one polite live region. What many say at once is said in one breath. */
import { useEffect, useRef } from 'react'
import { useLocale, useTranslations } from '@/i18n'
import { told } from '@/i18n/errors'
import { nextSentences } from './sentences'
import type { ReplyView } from './view'
import { textOf } from './view'

const breath = 900
const kept = 3

let region: HTMLElement | undefined
let pending: string[] = []
let timer: ReturnType<typeof setTimeout> | undefined

function theRegion(): HTMLElement {
  if (region?.isConnected) return region
  region = document.createElement('div')
  region.setAttribute('aria-live', 'polite')
  region.setAttribute('aria-atomic', 'false')
  region.setAttribute('aria-relevant', 'additions')
  region.className = 'sr-only'
  document.body.append(region)
  return region
}

function speak(): void {
  timer = undefined
  const place = theRegion()
  const line = document.createElement('p')
  line.textContent = pending.join(' ')
  pending = []
  place.append(line)
  while (place.childElementCount > kept) place.firstElementChild?.remove()
}

/** Say something to whoever listens to the page. */
export function announce(text: string): void {
  if (!text) return
  theRegion()
  pending.push(text)
  if (timer === undefined) timer = setTimeout(speak, breath)
}

/** Announces a reply while it is written, by sentence; nothing of one that was there before. */
export function useAnnounced(view: ReplyView, active: boolean, status: string): void {
  const t = useTranslations('reply')
  const locale = useLocale()
  const going = view.state === 'writing' || view.state === 'waiting'
  const writing = going && view.live
  // What the store says of a reply in progress may be older than what was heard already.
  const stale = going && !view.live
  const said = useRef(-1)
  const text = active ? textOf(view) : ''
  const failure = view.error ? told(view.error).message : ''
  useEffect(() => {
    if (!active || stale) return
    if (said.current < 0) {
      // Followed from its middle on after a reload: only what comes from now on is new.
      if (writing) said.current = text.length
      return
    }
    const heard = nextSentences(text, said.current, !writing, locale, t('announceCode'))
    said.current = writing ? heard.upTo : -1
    announce(heard.speech)
    if (!writing) announce(failure ? t('announceFailed', { message: failure }) : t('announceDone'))
  }, [text, writing, stale, active, locale, failure, t])
  const phase = view.state === 'waiting' ? view.status?.phase : undefined
  const words = useRef(status)
  words.current = status
  useEffect(() => {
    if (active && phase) announce(words.current)
  }, [active, phase])
}
