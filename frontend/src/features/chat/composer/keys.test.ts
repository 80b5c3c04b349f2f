import { expect, test } from 'vitest'
import { isSending } from './keys'

const key = (more: Partial<KeyboardEvent>) => ({
  key: 'Enter',
  shiftKey: false,
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  isComposing: false,
  keyCode: 13,
  ...more,
})

test('Enter sends, and so does it with ⌘ or Ctrl', () => {
  expect(isSending(key({}))).toBe(true)
  expect(isSending(key({ ctrlKey: true }))).toBe(true)
  expect(isSending(key({ metaKey: true }))).toBe(true)
})

test('Shift-Enter and Alt-Enter break the line', () => {
  expect(isSending(key({ shiftKey: true }))).toBe(false)
  expect(isSending(key({ altKey: true }))).toBe(false)
})

test('an input method’s Enter chooses a word', () => {
  expect(isSending(key({ isComposing: true }))).toBe(false)
  // Safari: the composition is over already, only the old code tells.
  expect(isSending(key({ keyCode: 229 }))).toBe(false)
})

test('other keys send nothing', () => {
  expect(isSending(key({ key: 'a' }))).toBe(false)
})
