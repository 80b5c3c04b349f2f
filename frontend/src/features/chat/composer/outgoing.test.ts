import { expect, test } from 'vitest'
import type { StoredFile } from '@/api/files'
import { attached, isImage, isLongPaste, tokensOf } from './attachments'
import { moveDraft, readDraft, readDraftFiles, writeDraft, writeDraftFiles } from './drafts'
import { estimateTokens } from './estimate'
import { compose } from './outgoing'

const file: StoredFile = {
  id: 'f',
  name: 'notes.pdf',
  media_type: 'application/pdf',
  size: 9000,
  width: null,
  height: null,
  pages: 10,
  page_kind: 'page',
  text_chars: 4000,
  tokens: 1000,
  created_at: '2026-01-01T00:00:00Z',
}

test('words alone are sent as they are, trimmed', () => {
  expect(compose('  hello\n', [])).toEqual({ content: 'hello' })
  expect(compose(' \n', [])).toBeNull()
})

test('files go before the words, with or without these, and only as many pages as are wanted', () => {
  const sent = compose('Sum it up', [attached(file, 3)])
  expect(sent?.content).toMatchObject([
    { type: 'file', file_id: 'f', pages: 3, tokens: 300, total: 10 },
    { type: 'text', text: 'Sum it up' },
  ])
  expect(compose('', [attached(file)])?.content).toMatchObject([{ file_id: 'f', pages: null }])
  const failed = { ...attached(file), file: null, step: 'failed' as const }
  expect(compose('', [failed])).toBeNull()
})

test('tokens go with the pages that are read', () => {
  expect(tokensOf(file, null)).toBe(1000)
  expect(tokensOf(file, 5)).toBe(500)
  expect(tokensOf(file, 50)).toBe(1000)
  expect(isImage(file)).toBe(false)
})

test('a draft goes to another chat with its files', () => {
  writeDraft('a', 'words')
  writeDraftFiles('a', [{ file, pages: 2 }])
  writeDraft(null, 'before')
  moveDraft('a', null)
  expect(readDraft(null)).toBe('before\n\nwords')
  expect(readDraftFiles(null)).toEqual([{ file, pages: 2 }])
  expect([readDraft('a'), readDraftFiles('a')]).toEqual(['', []])
  localStorage.setItem('stellarchat.draft-files.a', '{"not": "a list"}')
  expect(readDraftFiles('a')).toEqual([])
})

test('a paste is long by its lines or its length', () => {
  expect(isLongPaste('x\n'.repeat(20_000))).toBe(true)
  expect(isLongPaste('x'.repeat(7000))).toBe(true)
  expect(isLongPaste('x\n'.repeat(100))).toBe(false)
})

test('tokens are estimated by script', () => {
  expect(estimateTokens('')).toBe(0)
  expect(estimateTokens('abcdefgh')).toBe(2)
  expect(estimateTokens('天空是蓝色')).toBe(4)
})
