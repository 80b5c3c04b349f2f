import { type ReactNode, useEffect, useState } from 'react'
import { IntlProvider, useMessages } from 'use-intl/react'
import { useLocale } from '@/i18n'
import type { Language } from '@/i18n/languages'
import type en from '@/i18n/platform.en'
import type { PlatformWords } from '@/i18n/platform.en'

const parts: Record<Language, () => Promise<{ default: PlatformWords }>> = {
  en: () => import('@/i18n/platform.en'),
  'zh-CN': () => import('@/i18n/platform.zh-CN'),
}

const known = new Map<Language, typeof en>()

/** Gives the rooms around models their words, which no other room has to wait for. */
export function WithPlatformWords({ children }: { children: ReactNode }) {
  const language = useLocale()
  const base = useMessages()
  const [words, setWords] = useState(() => known.get(language))
  useEffect(() => {
    let current = true
    parts[language]().then(part => {
      known.set(language, part.default as typeof en)
      if (current) setWords(known.get(language))
    })
    return () => {
      current = false
    }
  }, [language])
  if (!words) return null
  return (
    <IntlProvider locale={language} messages={{ ...base, ...words }}>
      {children}
    </IntlProvider>
  )
}
