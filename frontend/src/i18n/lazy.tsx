import { type ReactNode, useEffect, useState } from 'react'
import { IntlProvider, useMessages } from 'use-intl/react'
import { useLocale } from '.'
import { type Language, laidOver } from './languages'

type Load<T> = () => Promise<{ default: T }>
/** By language; one that has no file of its own here has these words in its one file, or takes the English ones. */
type Parts<T> = { en: Load<T> } & Record<Language, Load<T>>

/** Make a component that gives what stands in it words of its own, fetched when it is first drawn. */
export function lazyWords<T extends object>(parts: Parts<T>) {
  const known = new Map<Language, object>()
  // biome-ignore lint/correctness/noComponentHookFactories: each feature makes its own once, in its module
  return function WithWords({ children }: { children: ReactNode }) {
    const language = useLocale()
    const base = useMessages()
    const [fetched, setFetched] = useState<Language | null>(known.has(language) ? language : null)
    useEffect(() => {
      let current = true
      const load = parts[language] ?? parts.en
      load().then(part => {
        known.set(language, part.default)
        if (current) setFetched(language)
      })
      return () => {
        current = false
      }
    }, [language])
    const words = known.get(language) ?? (fetched && known.get(fetched))
    if (!words) return null
    const messages = parts[language] ? { ...base, ...words } : laidOver(words, base)
    return (
      <IntlProvider locale={language} messages={messages as typeof base}>
        {children}
      </IntlProvider>
    )
  }
}
