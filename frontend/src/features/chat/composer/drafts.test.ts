import { beforeEach, expect, test } from 'vitest'
import { readDraft, writeDraft } from './drafts'

beforeEach(() => localStorage.clear())

test('each chat keeps its own draft, and so does the new one', () => {
  writeDraft('a', 'one')
  writeDraft(null, 'two')
  expect([readDraft('a'), readDraft('b'), readDraft(null)]).toEqual(['one', '', 'two'])
})

test('a blank draft is forgotten', () => {
  writeDraft('a', 'one')
  writeDraft('a', ' \n')
  expect(localStorage).toHaveLength(0)
})

test('storage holds no more than so many drafts', () => {
  for (let chat = 0; chat < 80; chat += 1) writeDraft(String(chat), 'x')
  expect(localStorage.length).toBeLessThanOrEqual(51)
  expect(readDraft('79')).toBe('x')
})
