import { Outlet, useLocation } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { useSession } from '@/api/session'
import { isShared, isWayIn } from '@/lib/addresses'
import { Layout } from './layout'

const Entrance = lazy(() => import('@/features/accounts/Entrance'))

/** The frame around every room; a shared chat, which strangers read, and the ways in stand alone. */
export function Frame() {
  const path = useLocation({ select: location => location.pathname })
  const { asked, inside } = useSession()
  if (isShared(path)) return <Outlet />
  if (!isWayIn(path)) {
    if (inside) return <Layout />
    // until the server has said who is here, there is nothing to show
    if (!asked) return null
  }
  return (
    <Suspense fallback={null}>
      <Entrance />
    </Suspense>
  )
}
