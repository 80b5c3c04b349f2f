import { beforeEach, expect, test, vi } from 'vitest'
import { late, once } from './notices'

const frame = {
  type: 'reply_changed',
  chat_id: 'c',
  message_id: 'm',
  generation: 'g',
  state: 'ended',
  status: 'complete',
  seconds: 9,
} as const

beforeEach(() => {
  localStorage.clear()
  vi.useFakeTimers()
})

test('a long answer is worth a notice, unless the person stopped it', () => {
  expect(late(frame)).toBe(true)
  expect(late({ ...frame, seconds: 2 })).toBe(false)
  expect(late({ ...frame, state: 'waiting', status: null })).toBe(false)
  expect(late({ ...frame, status: 'stopped' })).toBe(false)
  expect(late({ ...frame, status: 'error' })).toBe(true)
})

test('of several tabs one tells of an answer, and none where one is looked at', async () => {
  const looked = vi.spyOn(document, 'hasFocus').mockReturnValue(false)
  const show = vi.fn(async () => undefined)
  const both = Promise.all([once('g', show), once('g', show)])
  await vi.runAllTimersAsync()
  await both
  expect(show).toHaveBeenCalledTimes(1)
  const hidden = once('h', show)
  looked.mockReturnValue(true)
  await once('h', show)
  await vi.runAllTimersAsync()
  await hidden
  expect(show).toHaveBeenCalledTimes(1)
})
