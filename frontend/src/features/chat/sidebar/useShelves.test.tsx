import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act, cleanup, renderHook, waitFor } from '@testing-library/react'
import type { ReactNode } from 'react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { useShelves } from './useShelves'

const fetched = vi.fn()
beforeEach(() => {
  vi.stubGlobal('fetch', fetched)
})
afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

/** A server with a folder of three chats, of which it tells one at a time. */
function answer(url: string): Response {
  const { pathname, searchParams } = new URL(url, 'http://server')
  if (pathname.endsWith('/folders')) return Response.json({ items: [{ name: 'Work', count: 3 }] })
  if (searchParams.get('folder') !== 'Work') return Response.json({ items: [], next_cursor: null })
  const at = Number(searchParams.get('cursor') ?? 0)
  const next_cursor = at < 2 ? String(at + 1) : null
  return Response.json({ items: [{ id: `c${at}`, folder: 'Work' }], next_cursor })
}

test('an open folder is fetched to its end, a page at a time', async () => {
  fetched.mockImplementation(async (url: string) => answer(url))
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  const around = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  )
  const { result } = renderHook(() => useShelves(true, true), { wrapper: around })
  const shown = () => result.current.shelves?.more.map(chat => chat.id)
  await waitFor(() => expect(result.current.shelves?.folders).toHaveLength(1))
  expect(shown()).toEqual([])
  act(() => result.current.toggle('Work'))
  await waitFor(() => expect(shown()).toEqual(['c0']))
  expect(result.current.shelves?.partly).toEqual(new Set(['Work']))
  act(() => result.current.fetchRest('Work'))
  await waitFor(() => expect(shown()).toEqual(['c0', 'c1']))
  act(() => result.current.fetchRest('Work'))
  await waitFor(() => expect(shown()).toEqual(['c0', 'c1', 'c2']))
  expect(result.current.shelves?.partly).toEqual(new Set())
})
