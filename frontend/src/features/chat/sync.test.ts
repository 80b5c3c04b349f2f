import { QueryClient, QueryObserver } from '@tanstack/react-query'
import { beforeEach, expect, test, vi } from 'vitest'
import { chatKeys } from '@/api/chats'
import type { SessionFrame } from '@/api/frames'
import type { Chat } from '@/api/types'
import { synchronise } from './sync'

const { heard } = vi.hoisted(() => ({ heard: { by: (_: SessionFrame) => {} } }))

vi.mock('./live', () => ({
  connectLive: () => () => {},
  isOurs: (origin: string | null | undefined) => origin === 'this tab',
  onSession: (listener: (frame: SessionFrame) => void) => {
    heard.by = listener
    return () => {}
  },
}))

const chat = (id: string) => ({ id, rev: 3, live: ['g'], last_message_at: '2026-01-01' }) as Chat
let client: QueryClient
let read: string[]

/** Have `chats` in a list, and chat `a` open with its messages. */
function open(...chats: string[]): void {
  const key = chatKeys.list({ archived: false })
  const pages = [{ items: chats.map(chat), next_cursor: null }]
  client.setQueryData(key, { pages, pageParams: [null] })
  client.setQueryData(chatKeys.one('a'), chat('a'))
  for (const [name, queryKey] of [
    ['list', key],
    ['chat', chatKeys.one('a')],
    ['messages', chatKeys.messages('a')],
  ] as const) {
    const queryFn = () => {
      read.push(name)
      return client.getQueryData(queryKey) ?? { messages: [], has_more: false }
    }
    client.setQueryData(queryKey, (data: unknown) => data ?? { messages: [], has_more: false })
    new QueryObserver(client, { queryKey, queryFn, staleTime: 60_000 }).subscribe(() => {})
  }
}

const order = () => {
  const data = client.getQueryData<{ pages: { items: Chat[] }[] }>(
    chatKeys.lists.concat([{ archived: false }] as never),
  )
  return data?.pages.flatMap(page => page.items.map(one => one.id))
}

const changed = (over: object): SessionFrame => ({
  type: 'chat_changed',
  chat_id: 'a',
  rev: 4,
  change: 'message',
  ...over,
})

beforeEach(() => {
  vi.useFakeTimers()
  client = new QueryClient()
  read = []
  synchronise(client)
})

async function settle(): Promise<string[]> {
  await vi.advanceTimersByTimeAsync(200)
  return read.sort()
}

test("a turn of one's own is not read again, and lifts its chat", async () => {
  open('b', 'a')
  heard.by(changed({ origin: 'this tab' }))
  expect(await settle()).toEqual([])
  expect(order()).toEqual(['a', 'b'])
  expect(client.getQueryData<Chat>(chatKeys.one('a'))).toMatchObject({ rev: 4, live: [] })
})

test('a turn of another tab is read', async () => {
  open('b', 'a')
  heard.by(changed({ origin: 'another' }))
  expect(await settle()).toEqual(['chat', 'list', 'messages'])
})

test('what several made together is read', async () => {
  open('a')
  heard.by(changed({ origin: null }))
  expect(await settle()).toEqual(['chat', 'list', 'messages'])
})

test("a chat that no list has is looked for although the turn is one's own", async () => {
  open('b')
  heard.by(changed({ origin: 'this tab' }))
  expect(await settle()).toContain('list')
})

test('a chat that was left meanwhile is read when it is opened again', async () => {
  open('b', 'a')
  client.setQueryData(chatKeys.messages('c'), { messages: [], has_more: false })
  client.setQueryData(chatKeys.list({ archived: false }), {
    pages: [{ items: [chat('b'), chat('c')], next_cursor: null }],
    pageParams: [null],
  })
  heard.by(changed({ chat_id: 'c', origin: 'this tab' }))
  expect(await settle()).toEqual([])
  expect(client.getQueryState(chatKeys.messages('c'))?.isInvalidated).toBe(true)
})
