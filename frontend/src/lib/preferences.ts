import { create } from 'zustand'
import { persist } from 'zustand/middleware'
import { type Language, preferredLanguage } from '@/i18n/languages'

export type Theme = 'light' | 'dark' | 'system'

/** What this browser remembers. `public/theme.js` reads the same storage before the first paint. */
export interface Preferences {
  theme: Theme
  language: Language
  sidebarFolded: boolean
}

export const usePreferences = create<Preferences>()(
  persist<Preferences>(
    () => ({
      theme: 'system',
      language: preferredLanguage(),
      sidebarFolded: false,
    }),
    { name: 'stellarchat.preferences', version: 1 },
  ),
)

export const setPreferences = usePreferences.setState
