import { describe, expect, it } from 'vitest'
import type { Chat } from '@/api/types'
import { dateGroup, foldersOf, rowsOf } from './groups'

const now = new Date(2026, 10, 21, 9, 30)

function chat(id: string, daysAgo: number, over: Partial<Chat> = {}): Chat {
  const at = new Date(now)
  at.setDate(at.getDate() - daysAgo)
  return { id, last_message_at: at.toISOString(), pinned: false, folder: null, ...over } as Chat
}

describe('dateGroup', () => {
  it('counts calendar days, not spans of 24 hours', () => {
    const lateYesterday = new Date(2026, 10, 20, 23, 59)
    expect(dateGroup(lateYesterday.toISOString(), now)).toBe('yesterday')
    expect(dateGroup(new Date(2026, 10, 21, 0, 1).toISOString(), now)).toBe('today')
  })

  it('knows the week, the month, and months before', () => {
    expect(dateGroup(chat('a', 7).last_message_at, now)).toBe('week')
    expect(dateGroup(chat('a', 8).last_message_at, now)).toBe('month')
    expect(dateGroup(new Date(2025, 2, 3).toISOString(), now)).toEqual({ year: 2025, month: 2 })
  })

  it('takes a clock that runs ahead for today', () => {
    expect(dateGroup(chat('a', -1).last_message_at, now)).toBe('today')
  })
})

describe('rowsOf', () => {
  const chats = [
    chat('new', 0),
    chat('pin', 3, { pinned: true, folder: 'Work' }),
    chat('filed', 4, { folder: 'Work' }),
    chat('old', 5),
  ]

  it('shows each chat once: pinned, then folders, then dates', () => {
    const rows = rowsOf(chats, new Set(), now)
    expect(rows.map(row => row.key)).toEqual([
      'pinned',
      'pin',
      'folder-Work',
      'filed',
      'today',
      'new',
      'week',
      'old',
    ])
  })

  it('hides what a folded folder holds but keeps its count', () => {
    const rows = rowsOf(chats, new Set(['Work']), now)
    expect(rows.map(row => row.key)).not.toContain('filed')
    expect(rows.find(row => row.kind === 'folder')).toMatchObject({ count: 1, open: false })
  })

  it('knows only dates in the archive', () => {
    const keys = rowsOf(chats, new Set(), now, true).map(row => row.key)
    expect(keys).toEqual(['today', 'new', 'week', 'pin', 'filed', 'old'])
  })

  it('sorts folders by name', () => {
    expect(foldersOf([chat('1', 0, { folder: 'b' }), chat('2', 0, { folder: 'a' })])).toEqual([
      'a',
      'b',
    ])
  })
})
