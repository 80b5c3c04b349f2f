import type { Messages } from './en'

/** A language is one file with the keys of en.ts, and one line here. */
export const languages = {
  en: { label: 'English', load: async (): Promise<Messages> => (await import('./en')).default },
  'zh-CN': {
    label: '简体中文',
    load: async (): Promise<Messages> => (await import('./zh-CN')).default,
  },
} as const

export type Language = keyof typeof languages

export function isLanguage(value: string): value is Language {
  return value in languages
}

/** The first of the reader's languages that we have; English otherwise. */
export function preferredLanguage(): Language {
  for (const wanted of navigator.languages ?? [navigator.language]) {
    const lower = wanted.toLowerCase()
    for (const language of Object.keys(languages) as Language[]) {
      if (lower.split('-')[0] === language.toLowerCase().split('-')[0]) return language
    }
  }
  return 'en'
}
