import { useEffect } from 'react'
import { usePreferences } from '@/lib/preferences'

/** Keeps the page's theme in step with the preference and, where that is "system", with the system. */
export function useTheme(): void {
  const theme = usePreferences(preferences => preferences.theme)
  useEffect(() => {
    const system = matchMedia('(prefers-color-scheme: dark)')
    const apply = () => {
      const dark = theme === 'dark' || (theme === 'system' && system.matches)
      document.documentElement.classList.toggle('dark', dark)
      document
        .querySelector('meta[name="theme-color"]')
        ?.setAttribute('content', dark ? '#0e1116' : '#fbfcfd')
    }
    apply()
    system.addEventListener('change', apply)
    return () => system.removeEventListener('change', apply)
  }, [theme])
}
