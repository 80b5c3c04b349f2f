/** The browser's offer to install the page, kept until somebody takes it in Settings. */
import { create } from 'zustand'

interface Offer extends Event {
  prompt(): Promise<unknown>
}

interface Install {
  offer: Offer | null
  installed: boolean
}

export const useInstall = create<Install>(() => ({ offer: null, installed: false }))

/** Listen from the beginning: the offer comes once, long before anybody opens Settings. */
export function watchInstall(): void {
  useInstall.setState({ installed: matchMedia('(display-mode: standalone)').matches })
  window.addEventListener('beforeinstallprompt', event => {
    event.preventDefault()
    useInstall.setState({ offer: event as Offer })
  })
  window.addEventListener('appinstalled', () =>
    useInstall.setState({ offer: null, installed: true }),
  )
}

/** Take the offer; it is good for one time. */
export async function install(): Promise<void> {
  const { offer } = useInstall.getState()
  useInstall.setState({ offer: null })
  await offer?.prompt()
}
