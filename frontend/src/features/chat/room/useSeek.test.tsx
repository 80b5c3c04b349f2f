import { QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query'
import { cleanup, renderHook, waitFor } from '@testing-library/react'
import type { ReactNode } from 'react'
import { IntlProvider } from 'use-intl/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { chatKeys } from '@/api/chats'
import type { MessagePage } from '@/api/types'
import en from '@/i18n/en'
import { fakeMessage } from '../testing'
import { prepend } from './branch'
import { useSeek } from './useSeek'

const fetched = vi.fn()
beforeEach(() => {
  fetched.mockReset().mockImplementation(async () => Response.json({}))
  vi.stubGlobal('fetch', fetched)
})
afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const key = chatKeys.messages('c')
const pageOf = (ids: string[], has_more: boolean): MessagePage => ({
  messages: ids.map(id => fakeMessage({ id })),
  has_more,
})

/** Seek in a chat whose newest page is `newest`; `above` stands over it, `other` is what a refetch tells. */
function seek(sought: string, newest: MessagePage, above: MessagePage[], other = newest) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  client.setQueryData(key, newest)
  const left = [...above]
  const earlier = vi.fn(async () => {
    const page = left.pop()
    if (page) client.setQueryData<MessagePage>(key, now => now && prepend(now, page))
  })
  const onFound = vi.fn()
  const around = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>
      <IntlProvider locale="en" messages={en} timeZone="UTC">
        {children}
      </IntlProvider>
    </QueryClientProvider>
  )
  const { result } = renderHook(
    () => {
      useQuery({ queryKey: key, queryFn: async () => other, staleTime: Number.POSITIVE_INFINITY })
      return useSeek({ chatId: 'c', sought, ready: true, earlier, onFound })
    },
    { wrapper: around },
  )
  return { result, earlier, onFound }
}

test('a message that is loaded is marked at once', async () => {
  const { result, earlier, onFound } = seek('b', pageOf(['a', 'b'], true), [])
  await waitFor(() => expect(result.current).toBe('b'))
  expect(earlier).not.toHaveBeenCalled()
  expect(onFound).toHaveBeenCalledTimes(1)
})

test('pages above are fetched until it is there, and no further', async () => {
  const above = [pageOf(['a'], false), pageOf(['b', 'c'], true), pageOf(['d'], true)]
  const { result, earlier } = seek('c', pageOf(['e'], true), above)
  await waitFor(() => expect(result.current).toBe('c'))
  expect(earlier).toHaveBeenCalledTimes(2)
  expect(fetched).not.toHaveBeenCalled()
})

test('a message of another branch makes that branch the active one', async () => {
  const { result } = seek('z', pageOf(['a'], false), [], pageOf(['a', 'z'], false))
  await waitFor(() => expect(result.current).toBe('z'))
  const [path, init] = fetched.mock.calls[0] ?? []
  expect([path, init.method, JSON.parse(init.body)]).toEqual([
    '/api/chats/c',
    'PUT',
    { active_leaf: 'z', settle: true },
  ])
})

test('what is nowhere ends the search', async () => {
  const { result, onFound } = seek('gone', pageOf(['a'], false), [])
  await waitFor(() => expect(onFound).toHaveBeenCalled())
  expect(result.current).toBeNull()
})
