import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useLocation } from '@tanstack/react-router'
import { useCallback, useEffect, useRef } from 'react'
import { type AuthStatus, authStatus, freshStatus } from '@/api/accounts'
import { admitted, remember } from '@/api/session'
import { isWayIn } from '@/lib/addresses'
import { leaveAnothersDrafts } from './drafts'
import { EntryForm } from './EntryForm'
import { ResetForm } from './ResetForm'
import { WithAccountWords } from './words'

/** Milliseconds in which somebody who is let in and refused again is asked to log in after all. */
const calm = 5000
let passed = Number.NEGATIVE_INFINITY

/** Stands over the rooms while nobody is logged in: what is open below is still there afterwards. */
export default function Entrance() {
  return (
    <div className="fixed inset-0 z-60 bg-ground">
      <WithAccountWords>
        <Ways />
      </WithAccountWords>
    </div>
  )
}

function Ways() {
  const client = useQueryClient()
  const path = useLocation({ select: location => location.pathname })
  const status = useQuery(freshStatus()).data
  // Who was here before, as far as this page knows.
  const before = useRef(client.getQueryData<AuthStatus>(authStatus().queryKey)?.user?.id ?? null)
  const dialog = useRef<HTMLDialogElement>(null)

  const enter = useCallback(
    (id: string) => {
      leaveAnothersDrafts(id)
      const same = before.current === null || before.current === id
      if (!same || isWayIn(path)) {
        remember()
        location.replace('/')
        return
      }
      admitted()
      // The socket tries again at once when it hears that the network is back.
      window.dispatchEvent(new Event('online'))
      void (before.current === null ? client.resetQueries() : client.invalidateQueries())
    },
    [client, path],
  )

  // Logged in after all: in another tab, or only one request was refused.
  const inside = status && (!status.accounts || status.user !== null)
  const again = performance.now() - passed < calm
  // A link to another password is for whoever has it, logged in or not.
  const resets = path === '/reset'
  const userId = status?.user?.id ?? 'local'
  useEffect(() => {
    if (!inside || again || resets) return
    passed = performance.now()
    enter(userId)
  }, [inside, again, resets, userId, enter])

  const asks = status !== undefined && (!inside || again || resets)
  useEffect(() => {
    if (asks && !dialog.current?.open) dialog.current?.showModal()
  }, [asks])

  if (!asks) return null
  return (
    <dialog
      ref={dialog}
      onCancel={event => event.preventDefault()}
      className="fixed inset-0 m-0 h-full max-h-none w-full max-w-none overflow-y-auto bg-ground text-ink backdrop:bg-ground"
    >
      {resets ? (
        <ResetForm onEntered={user => enter(user.id)} />
      ) : (
        <EntryForm
          way={status.setup ? 'setup' : path === '/signup' ? 'signup' : 'login'}
          again={before.current !== null}
          status={status}
          onEntered={user => enter(user.id)}
        />
      )}
    </dialog>
  )
}
