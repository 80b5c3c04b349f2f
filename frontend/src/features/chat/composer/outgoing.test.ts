import { expect, test } from 'vitest'
import { isLongPaste, textAttachment } from './attachments'
import { estimateTokens } from './estimate'
import { compose } from './outgoing'

const image = { kind: 'image', id: 'i', name: 'a.png', url: 'data:image/png;base64,AA==' } as const

test('words alone are sent as they are, trimmed', () => {
  expect(compose('  hello\n', [])).toEqual({ content: 'hello' })
  expect(compose(' \n', [])).toBeNull()
})

test('attached text stands in a fence that it cannot end', () => {
  const attached = textAttachment('a\n```\nb\n```\n', 'notes.md')
  expect(compose('Sum it up', [attached])).toEqual({
    content: 'notes.md\n````\na\n```\nb\n```\n````\n\nSum it up',
  })
})

test('images go as parts, with or without words', () => {
  const part = { type: 'image', url: image.url }
  expect(compose('What is it?', [image])).toEqual({
    content: [part, { type: 'text', text: 'What is it?' }],
  })
  expect(compose('', [image])).toEqual({ content: [part] })
})

test('a paste is long by its lines or its length', () => {
  expect(isLongPaste('x\n'.repeat(20_000))).toBe(true)
  expect(isLongPaste('x'.repeat(7000))).toBe(true)
  expect(isLongPaste('x\n'.repeat(100))).toBe(false)
  expect(textAttachment('a\nb\n', null).lines).toBe(2)
})

test('tokens are estimated by script', () => {
  expect(estimateTokens('')).toBe(0)
  expect(estimateTokens('abcdefgh')).toBe(2)
  expect(estimateTokens('天空是蓝色')).toBe(4)
})
