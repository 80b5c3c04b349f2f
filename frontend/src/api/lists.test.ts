import { describe, expect, it } from 'vitest'
import { joined, type Pages } from './lists'
import type { Chat, ChatPage } from './types'

const at = (minute: number) => new Date(2026, 0, 1, 0, minute).toISOString()
const chat = (id: string, minute: number, over: Partial<Chat> = {}) =>
  ({ id, last_message_at: at(minute), ...over }) as Chat
const page = (items: Chat[], next: string | null): ChatPage => ({ items, next_cursor: next })
const old: Pages = {
  pages: [
    page([chat('f', 60), chat('e', 50)], '1'),
    page([chat('d', 40), chat('c', 30)], '2'),
    page([chat('b', 20), chat('a', 10)], null),
  ],
  pageParams: [null, '1', '2'],
}
const ids = (pages: Pages) => pages.pages.flatMap(one => one.items.map(item => item.id)).join('')

describe('joined', () => {
  it('moves a chat up that was far down, and keeps the pages that did not change', () => {
    const fresh = page([chat('b', 70), chat('f', 60)], 'n')
    const now = joined(old, fresh)
    expect(ids(now)).toBe('bfedca')
    expect(now.pages[2]).toBe(old.pages[1])
    expect(now.pageParams).toEqual([null, 'n', '1', '2'])
    expect(now.pages.at(-1)?.next_cursor).toBeNull()
  })

  it('drops what is gone from the top', () => {
    expect(ids(joined(old, page([chat('f', 60), chat('d', 40)], 'n')))).toBe('fdcba')
  })

  it('begins anew where too much is new, and where one page is all there is', () => {
    expect(ids(joined(old, page([chat('y', 90), chat('x', 80)], 'n')))).toBe('yx')
    expect(ids(joined(old, page([chat('f', 60)], null)))).toBe('f')
    expect(ids(joined(old, page([], null)))).toBe('')
  })
})
