/** Reads texts aloud, sentence by sentence, with the browser's own voices. One text at a time. */
import { create } from 'zustand'
import { usePreferences } from './preferences'

interface Aloud {
  /** Whose text is read; null: nobody's. */
  id: string | null
  paused: boolean
}

export const useAloud = create<Aloud>(() => ({ id: null, paused: false }))

export const canReadAloud = () => 'speechSynthesis' in window

const chinese = /[\u3400-\u9fff\uf900-\ufaff]/gu
/** Beyond this a browser may fall silent in the middle of an utterance. */
const longest = 220

/** Whether a sentence is Chinese rather than English. */
export function isChinese(sentence: string): boolean {
  const letters = sentence.replace(/[\s\p{P}\p{S}\d]/gu, '')
  // A Chinese character says about as much as two or three letters.
  return (letters.match(chinese)?.length ?? 0) * 2.5 > letters.length / 2
}

/** A text in pieces that can be spoken one after the other. */
export function sentencesOf(text: string): string[] {
  const cut = new Intl.Segmenter(undefined, { granularity: 'sentence' })
  const lines = text.split(/\n+/).flatMap(line => [...cut.segment(line)].map(one => one.segment))
  return lines
    .flatMap(sentence => shorter(sentence.trim()))
    .filter(sentence => /[\p{L}\p{N}]/u.test(sentence))
}

function shorter(sentence: string): string[] {
  if (sentence.length <= longest) return [sentence]
  const part = sentence.slice(0, longest)
  const at = Math.max(...['，', '；', ', ', '; ', ' '].map(mark => part.lastIndexOf(mark)))
  const end = at > longest / 3 ? at + 1 : longest
  return [sentence.slice(0, end).trim(), ...shorter(sentence.slice(end).trim())]
}

/** The voice that was chosen for a language, or null for the system's own. */
export function voiceFor(
  language: 'en' | 'zh',
  voices: SpeechSynthesisVoice[],
  chosen: string | null,
): SpeechSynthesisVoice | null {
  const fitting = voices.filter(voice => voice.lang.toLowerCase().startsWith(language))
  return (
    fitting.find(voice => voice.name === chosen) ?? fitting.find(voice => voice.default) ?? null
  )
}

let turn = 0

/** Read a text; what was being read ends. */
export function readAloud(id: string, text: string): void {
  stopReading()
  const mine = ++turn
  const queue = sentencesOf(text)
  useAloud.setState({ id, paused: false })
  const next = () => {
    if (mine !== turn) return
    const sentence = queue.shift()
    if (sentence === undefined) {
      useAloud.setState({ id: null, paused: false })
      return
    }
    const piece = utterance(sentence)
    piece.onend = next
    piece.onerror = event => {
      if (event.error !== 'interrupted' && event.error !== 'canceled') next()
    }
    speechSynthesis.speak(piece)
  }
  next()
}

function utterance(sentence: string): SpeechSynthesisUtterance {
  const { rate, englishVoice, chineseVoice } = usePreferences.getState()
  const inChinese = isChinese(sentence)
  const piece = new SpeechSynthesisUtterance(sentence)
  piece.lang = inChinese ? 'zh-CN' : 'en-US'
  piece.rate = rate
  const voices = speechSynthesis.getVoices()
  const voice = voiceFor(inChinese ? 'zh' : 'en', voices, inChinese ? chineseVoice : englishVoice)
  if (voice) piece.voice = voice
  return piece
}

export function pauseReading(): void {
  speechSynthesis.pause()
  useAloud.setState({ paused: true })
}

export function goOnReading(): void {
  speechSynthesis.resume()
  useAloud.setState({ paused: false })
}

export function stopReading(): void {
  turn += 1
  // A paused queue would keep what is cancelled.
  speechSynthesis.resume()
  speechSynthesis.cancel()
  useAloud.setState({ id: null, paused: false })
}
