import { Outlet, useLocation } from '@tanstack/react-router'
import { Layout } from './layout'
import { isShared } from './shared'

/** The frame around every room; a shared chat, which strangers read, stands alone. */
export function Frame() {
  const alone = useLocation({ select: ({ pathname }) => isShared(pathname) })
  return alone ? <Outlet /> : <Layout />
}
