import { create } from 'zustand'

/** Whether the server answers, and when it last did. Fed by requests and by the live socket. */
interface Contact {
  online: boolean
  /** Milliseconds since the epoch; null before the first contact. */
  last: number | null
}

export const useContact = create<Contact>(() => ({ online: true, last: null }))

/** The server has answered. */
export function reached(): void {
  const now = Date.now()
  const { online, last } = useContact.getState()
  // The time is only shown while offline, so it need not be exact to the frame.
  if (!online || last === null || now - last > 1000)
    useContact.setState({ online: true, last: now })
}

/** The server did not answer. */
export function lost(): void {
  if (useContact.getState().online) useContact.setState({ online: false })
}
