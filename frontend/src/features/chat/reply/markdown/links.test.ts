import { expect, test } from 'vitest'
import { imageSource, isFootnote, safeLink } from './links'

test.each(['https://example.com/a?b#c', 'http://localhost:8080/', 'mailto:a@example.com'])(
  '%s may be a link',
  address => {
    expect(safeLink(address)).toBe(address)
  },
)

test.each([
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'java\nscript:alert(1)',
  ' javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:x',
  'file:///etc/passwd',
  'blob:https://example.com/x',
  'tel:+1',
  '/api/chats',
  '//evil.example',
  '#top',
  'https://bank.example@evil.example/',
  'https://',
  '',
  undefined,
  {},
])('%s stays text', address => {
  expect(safeLink(address)).toBeNull()
})

test('only inline raster images show by themselves', () => {
  expect(imageSource('data:image/png;base64,iVBORw0KGgo=')).toMatchObject({ kind: 'inline' })
  expect(imageSource('https://a.example/x.png')).toEqual({
    kind: 'remote',
    src: 'https://a.example/x.png',
    host: 'a.example',
  })
  for (const address of [
    'data:image/svg+xml;base64,PHN2Zz4=',
    'data:text/html;base64,PHN2Zz4=',
    'data:image/png,<svg onload=alert(1)>',
    'javascript:alert(1)',
    '/api/chats/1',
    'https://user:pass@a.example/x.png',
  ]) {
    expect(imageSource(address)).toBeNull()
  }
})

test('footnotes are told from other fragments', () => {
  expect(isFootnote('#m1-0-fn-1')).toBe(true)
  expect(isFootnote('#m1-0-fnref-1')).toBe(true)
  expect(isFootnote('#settings')).toBe(false)
})
