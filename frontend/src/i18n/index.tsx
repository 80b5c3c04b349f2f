import { type ReactNode, useEffect, useState } from 'react'
import { IntlProvider } from 'use-intl/react'
import { usePreferences } from '@/lib/preferences'
import type accounts from './accounts.en'
import type admin from './admin.en'
import type chats from './chats.en'
import type compare from './compare.en'
import type connection from './connection.en'
import type device from './device.en'
import type en from './en'
import { onSentences, speakErrors } from './errors'
import { isLanguage, type Language, wordsOf } from './languages'
import type platform from './platform.en'
import type prompts from './prompts.en'
import type rating from './rating.en'
import type toolServers from './toolservers.en'

declare module 'use-intl/core' {
  interface AppConfig {
    Locale: Language
    Messages: Everything
  }
}

/** Words of other files than `en` are there below the component that fetches them only. */
type Everything = typeof en &
  typeof platform &
  typeof device &
  typeof accounts &
  typeof prompts &
  typeof toolServers &
  typeof compare &
  typeof connection &
  typeof chats &
  typeof admin &
  typeof rating

export interface Loaded {
  language: Language
  messages: Everything
}

/** Fetch a language (one small file) and make it the document's. */
export async function loadLanguage(wanted: Language): Promise<Loaded> {
  const language = isLanguage(wanted) ? wanted : 'en'
  const messages = await wordsOf(language)
  document.documentElement.lang = language
  speakErrors(messages, language)
  // Same keys, other words: only the literal types that check a message's arguments differ.
  return { language, messages: messages as Everything }
}

interface LanguageProviderProps {
  /** The language that was loaded before the first render. */
  initial: Loaded
  children: ReactNode
}

/** Gives the page its language and follows the preference. */
export function LanguageProvider({ initial, children }: LanguageProviderProps) {
  const language = usePreferences(preferences => preferences.language)
  const [loaded, setLoaded] = useState(initial)
  useEffect(() => {
    if (language === loaded.language) return
    let current = true
    loadLanguage(language).then(next => current && setLoaded(next))
    return () => {
      current = false
    }
  }, [language, loaded.language])
  // Other messages, with the same words: whatever speaks is drawn anew, errors with it.
  useEffect(
    () => onSentences(() => setLoaded(now => ({ ...now, messages: { ...now.messages } }))),
    [],
  )
  return (
    <IntlProvider
      locale={loaded.language}
      messages={loaded.messages}
      timeZone={timeZone}
      onError={report}
    >
      {children}
    </IntlProvider>
  )
}

const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone

function report(error: Error): void {
  console.error(error)
}

export { useFormatter, useLocale, useTranslations } from 'use-intl/react'
