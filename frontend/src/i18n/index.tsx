import { type ReactNode, useEffect, useState } from 'react'
import { IntlProvider } from 'use-intl/react'
import { usePreferences } from '@/lib/preferences'
import type en from './en'
import { type Language, languages } from './languages'

declare module 'use-intl/core' {
  interface AppConfig {
    Locale: Language
    Messages: typeof en
  }
}

interface Loaded {
  language: Language
  messages: typeof en
}

/** Gives the page its language. Shows nothing until the first catalogue is here (one small file). */
export function LanguageProvider({ children }: { children: ReactNode }) {
  const language = usePreferences(preferences => preferences.language)
  const [loaded, setLoaded] = useState<Loaded | null>(null)
  useEffect(() => {
    let current = true
    const known = languages[language] ? language : 'en'
    languages[known].load().then(messages => {
      if (!current) return
      document.documentElement.lang = known
      // Same keys, other words: only the literal types that check a message's arguments differ.
      setLoaded({ language: known, messages: messages as typeof en })
    })
    return () => {
      current = false
    }
  }, [language])
  if (!loaded) return null
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
