import { Outlet } from '@tanstack/react-router'

/** The frame around every room. */
export function Layout() {
  return (
    <main className="h-full">
      <Outlet />
    </main>
  )
}
