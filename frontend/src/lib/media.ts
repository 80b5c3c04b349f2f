import { useSyncExternalStore } from 'react'

/** Whether a media query holds, kept current. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    changed => {
      const list = matchMedia(query)
      list.addEventListener('change', changed)
      return () => list.removeEventListener('change', changed)
    },
    () => matchMedia(query).matches,
    () => false,
  )
}

/** Narrower than the `md` breakpoint of the stylesheet: a phone. */
export function usePhone(): boolean {
  return useMedia('(width < 48rem)')
}

/** At least the `lg` breakpoint: room for a drawer beside the conversation. */
export function useWide(): boolean {
  return useMedia('(width >= 64rem)')
}
