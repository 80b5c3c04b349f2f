import { useEffect } from 'react'

/** The tab's title while a room is shown. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · StellarChat`
    return () => {
      document.title = 'StellarChat'
    }
  }, [title])
}
