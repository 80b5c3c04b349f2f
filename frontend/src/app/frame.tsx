import { Outlet, useLocation } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { isShared, isWayIn } from '@/lib/addresses'
import { Layout } from './layout'

const Entrance = lazy(() => import('@/features/accounts/Entrance'))

/** The frame around every room; a shared chat, which strangers read, and the ways in stand alone. */
export function Frame() {
  const path = useLocation({ select: location => location.pathname })
  if (isShared(path)) return <Outlet />
  if (!isWayIn(path)) return <Layout />
  return (
    <Suspense fallback={null}>
      <Entrance />
    </Suspense>
  )
}
