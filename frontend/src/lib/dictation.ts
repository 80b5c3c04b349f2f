/** Speech as text, by the browser's own recognition where it has one. */

interface Alternative {
  transcript: string
}
interface Result extends ArrayLike<Alternative> {
  isFinal: boolean
}
interface RecognitionEvent {
  resultIndex: number
  results: ArrayLike<Result>
}
interface Recognition {
  lang: string
  continuous: boolean
  interimResults: boolean
  onresult: ((event: RecognitionEvent) => void) | null
  onerror: ((event: { error: string }) => void) | null
  onend: (() => void) | null
  start(): void
  stop(): void
  abort(): void
}
type Recognitions = { new (): Recognition }

function recognitions(): Recognitions | undefined {
  const found = window as {
    SpeechRecognition?: Recognitions
    webkitSpeechRecognition?: Recognitions
  }
  return found.SpeechRecognition ?? found.webkitSpeechRecognition
}

export const canDictate = () => recognitions() !== undefined

export interface Dictation {
  stop(): void
}

interface Listener {
  /** What is understood so far; `final` will not change any more. */
  heard(words: string, final: boolean): void
  ended(error: string | null): void
}

/** Listen until `stop`, or until nobody speaks any more. */
export function dictate(language: string, listener: Listener): Dictation {
  const Recognizer = recognitions()
  if (!Recognizer) throw new Error('This browser does not turn speech into text')
  const recognition = new Recognizer()
  let failed: string | null = null
  recognition.lang = language
  recognition.continuous = true
  recognition.interimResults = true
  recognition.onresult = event => {
    let passing = ''
    for (let at = event.resultIndex; at < event.results.length; at += 1) {
      const result = event.results[at]
      const words = result?.[0]?.transcript ?? ''
      if (result?.isFinal) listener.heard(words, true)
      else passing += words
    }
    if (passing) listener.heard(passing, false)
  }
  recognition.onerror = event => {
    if (event.error !== 'no-speech' && event.error !== 'aborted') failed = event.error
  }
  recognition.onend = () => listener.ended(failed)
  recognition.start()
  return { stop: () => recognition.stop() }
}

/** Words after others, with a blank where the language has one. */
export function joined(before: string, words: string): string {
  const said = words.trim()
  if (!before || /\s$/.test(before) || /[\u3400-\u9fff\uff00-\uffef]$/u.test(before))
    return before + said
  return `${before} ${said}`
}
