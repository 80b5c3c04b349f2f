import { create } from 'zustand'

/** Whether the server has asked who is here. Fed by requests and by the live socket. */
export const useSession = create<{ asked: boolean }>(() => ({ asked: false }))

/** The server does not know who is here, or no more. */
export function unauthorised(): void {
  if (!useSession.getState().asked) useSession.setState({ asked: true })
}

/** Somebody is logged in. */
export function admitted(): void {
  useSession.setState({ asked: false })
}
