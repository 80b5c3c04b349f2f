import { create } from 'zustand'

/** In the browser's storage while somebody is let in here. */
const mark = 'stellarchat.inside'

interface Session {
  /** Whether the server has asked who is here. Fed by requests and by the live socket. */
  asked: boolean
  /**
   * Whether the rooms may ask the server for what is in them: it let somebody in when this browser was last here, or
   * does so now. Where it did not, it is asked first who is here, and for nothing that it would refuse.
   */
  inside: boolean
}

export const useSession = create<Session>(() => ({ asked: false, inside: marked() }))

/** The server does not know who is here, or no more. */
export function unauthorised(): void {
  leave()
  if (!useSession.getState().asked) useSession.setState({ asked: true })
}

/** Somebody is logged in, or nobody has to be. */
export function admitted(): void {
  remember()
  useSession.setState({ asked: false, inside: true })
}

/** The next visit begins with the rooms. */
export function remember(): void {
  try {
    localStorage.setItem(mark, '1')
  } catch {
    // Storage is blocked: the next visit asks again.
  }
}

/** Nothing is known of who is here, as the server does not answer: the rooms are there, and say so. */
export function unknown(): void {
  useSession.setState({ inside: true })
}

/** The next visit asks first who is here: whoever was goes, and leaves what is on the page as it is. */
export function leave(): void {
  try {
    localStorage.removeItem(mark)
  } catch {
    // Storage is blocked: there is no mark.
  }
}

function marked(): boolean {
  try {
    return localStorage.getItem(mark) !== null
  } catch {
    return false
  }
}
