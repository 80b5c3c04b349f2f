import { create } from 'zustand'
import { persist } from 'zustand/middleware'
import { type Language, preferredLanguage } from '@/i18n/languages'

export type Theme = 'light' | 'dark' | 'system'

/** What this browser remembers. `public/theme.js` reads the same storage before the first paint. */
export interface Preferences {
  theme: Theme
  language: Language
  sidebarFolded: boolean
  /** Tell of finished answers while the page is in the background, and with a sound. */
  notify: boolean
  sound: boolean
  /** Names of the browser's voices; null: the system's choice. */
  englishVoice: string | null
  chineseVoice: string | null
  /** How fast is read aloud; 1 is a voice's own speed. */
  rate: number
  /** What is spoken when dictating; null: the page's language. */
  dictation: string | null
}

export const usePreferences = create<Preferences>()(
  persist<Preferences>(
    () => ({
      theme: 'system',
      language: preferredLanguage(),
      sidebarFolded: false,
      notify: false,
      sound: false,
      englishVoice: null,
      chineseVoice: null,
      rate: 1,
      dictation: null,
    }),
    { name: 'stellarchat.preferences', version: 1 },
  ),
)

export const setPreferences = usePreferences.setState
