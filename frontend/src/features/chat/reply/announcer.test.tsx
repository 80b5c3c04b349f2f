import { act, cleanup } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { draw } from '../testing'
import { useAnnounced } from './announcer'
import type { ReplyState, ReplyView } from './view'

beforeEach(() => vi.useFakeTimers())
afterEach(() => {
  cleanup()
  document.querySelector('[aria-live]')?.remove()
  vi.useRealTimers()
})

function view(state: ReplyState, text: string, more: Partial<ReplyView> = {}): ReplyView {
  return {
    state,
    live: true,
    pieces: text ? [{ type: 'text', text, open: state === 'writing' }] : [],
    status: null,
    stopping: false,
    error: null,
    usage: null,
    timings: null,
    finishReason: null,
    stopMs: null,
    ...more,
  }
}

function Speaker({ of, last = true }: { of: ReplyView; last?: boolean }) {
  useAnnounced(of, last, 'Next in line')
  return null
}

function heard(): string {
  act(() => vi.advanceTimersByTime(2000))
  return document.querySelector('[aria-live="polite"]')?.textContent ?? ''
}

test('a reply is announced by sentence, then its end, in one region', () => {
  const { rerender } = draw(<Speaker of={view('writing', '')} />)
  rerender(<Speaker of={view('writing', 'One is here. And tw')} />)
  expect(heard()).toBe('One is here.')
  rerender(<Speaker of={view('complete', 'One is here. And two.')} />)
  expect(heard()).toBe('One is here.And two. Reply finished.')
  expect(document.querySelectorAll('[aria-live]')).toHaveLength(1)
})

test('a failure is announced in place of the end', () => {
  const { rerender } = draw(<Speaker of={view('waiting', '')} />)
  rerender(<Speaker of={view('waiting', '', { live: false })} />)
  const error = { code: 'x', message: 'It died.' }
  rerender(<Speaker of={view('error', '', { live: false, error })} />)
  expect(heard()).toBe('The reply failed: It died.')
})

test('what was there before is not read out', () => {
  const { rerender } = draw(<Speaker of={view('complete', 'Old text.', { live: false })} />)
  rerender(<Speaker of={view('complete', 'Old text.', { live: false })} />)
  expect(heard()).toBe('')
})

test('only the last reply speaks, and a phase is said once', () => {
  const queued = { type: 'status', phase: 'queued' } as const
  const { rerender } = draw(<Speaker of={view('writing', 'One. Two')} last={false} />)
  expect(heard()).toBe('')
  rerender(<Speaker of={view('waiting', '', { status: { ...queued, position: 2 } })} />)
  rerender(<Speaker of={view('waiting', '', { status: { ...queued, position: 1 } })} />)
  expect(heard()).toBe('Next in line')
})
