import { describe, expect, it } from 'vitest'
import type { Chat } from '@/api/types'
import { dateGroup, rowsOf } from './groups'

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
  const shelves = (
    open: string[],
    more: Chat[] = [],
    folders = [{ name: 'Work', count: 1 }],
    partly: string[] = [],
  ) => ({
    folders,
    open: new Set(open),
    more,
    partly: new Set(partly),
  })
  const keys = (rows: ReturnType<typeof rowsOf>) => rows.map(row => row.key)

  it('shows each chat once: pinned, then folders, then dates', () => {
    expect(keys(rowsOf(chats, now, shelves(['Work'])))).toEqual([
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
    const rows = rowsOf(chats, now, shelves([], [], [{ name: 'Work', count: 40 }]))
    expect(keys(rows)).not.toContain('filed')
    expect(rows.find(row => row.kind === 'folder')).toMatchObject({ count: 40, open: false })
  })

  it('shows what is listed further down where it is pinned or its folder is open', () => {
    const far = [chat('far', 90, { folder: 'Work' }), chat('pinned-far', 90, { pinned: true })]
    const rows = keys(rowsOf(chats, now, shelves(['Work'], far)))
    expect(rows.slice(0, 5)).toEqual(['pinned', 'pin', 'pinned-far', 'folder-Work', 'filed'])
    expect(rows[5]).toBe('far')
  })

  it('says where a shelf goes on that is not fetched to its end', () => {
    const rows = (open: string[]) =>
      keys(rowsOf(chats, now, shelves(open, [], undefined, ['', 'Work'])))
    expect(rows(['Work']).slice(0, 5)).toEqual(['pinned', 'pin', 'rest--1', 'folder-Work', 'filed'])
    expect(rows(['Work'])[5]).toBe('rest-Work-1')
    expect(rows([])).not.toContain('rest-Work-1')
  })

  it('says of an open folder that it is empty, and sorts folders by name', () => {
    const folders = [
      { name: 'b', count: 0 },
      { name: 'a', count: 0 },
    ]
    expect(keys(rowsOf([], now, shelves(['b'], [], folders)))).toEqual([
      'folder-a',
      'folder-b',
      'empty-b',
    ])
  })

  it('knows only dates in the archive', () => {
    expect(keys(rowsOf(chats, now))).toEqual(['today', 'new', 'week', 'pin', 'filed', 'old'])
  })

  it('begins a group once, whatever lies between', () => {
    const many = [0, 0, 1, 5, 7, 8, 29, 31, 400].map((days, at) => chat(String(at), days))
    const headings = rowsOf(many, now).flatMap(row => (row.kind === 'heading' ? [row.key] : []))
    expect(headings).toEqual(['today', 'yesterday', 'week', 'month', '2026-9', '2025-9'])
  })
})
