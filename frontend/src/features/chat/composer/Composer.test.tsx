import { act, cleanup, fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { countContext } from '@/api/chats'
import { draw, fakeModel } from '../testing'
import type { ComposerProps } from '../types'
import { Composer } from './Composer'

vi.mock('@/api/chats', () => ({ countContext: vi.fn() }))

beforeEach(() => {
  localStorage.clear()
  vi.mocked(countContext).mockResolvedValue({ prompt_tokens: 5, context_length: 8192, exact: true })
})
afterEach(cleanup)

function composer(more: Partial<ComposerProps> = {}) {
  const props: ComposerProps = {
    chatId: 'c',
    parentId: null,
    model: 'small',
    onModel: vi.fn(),
    systemPrompt: null,
    params: {},
    models: [fakeModel('small')],
    generationId: null,
    pending: false,
    onSend: vi.fn().mockResolvedValue(undefined),
    onStop: vi.fn(),
    ...more,
  }
  const shown = draw(<Composer {...props} />)
  const box = screen.getByRole('textbox', { name: 'Message' }) as HTMLTextAreaElement
  const type = (text: string) => fireEvent.input(box, { target: { value: text } })
  return { ...shown, props, box, type }
}

test('Enter sends what was typed and empties the box', async () => {
  const { props, box, type } = composer()
  type('hello')
  await act(async () => fireEvent.keyDown(box, { key: 'Enter' }))
  expect(props.onSend).toHaveBeenCalledWith({ content: 'hello' })
  expect(box.value).toBe('')
})

test('Shift-Enter and an input method send nothing', () => {
  const { props, box, type } = composer()
  type('ni hao')
  fireEvent.keyDown(box, { key: 'Enter', shiftKey: true })
  fireEvent.keyDown(box, { key: 'Enter', isComposing: true })
  fireEvent.keyDown(box, { key: 'Enter', keyCode: 229 })
  expect(props.onSend).not.toHaveBeenCalled()
})

test('while a reply is written Stop stands where Send was, and Escape stops too', () => {
  const { props, box, type } = composer({ generationId: 'g' })
  expect(screen.queryByRole('button', { name: 'Send' })).toBeNull()
  type('next')
  fireEvent.keyDown(box, { key: 'Enter' })
  expect(props.onSend).not.toHaveBeenCalled()
  fireEvent.click(screen.getByRole('button', { name: 'Stop' }))
  fireEvent.keyDown(box, { key: 'Escape' })
  expect(props.onStop).toHaveBeenCalledTimes(2)
})

test('what could not be sent comes back', async () => {
  const { box, type } = composer({ onSend: vi.fn().mockRejectedValue(new Error('offline')) })
  type('precious')
  await act(async () => fireEvent.keyDown(box, { key: 'Enter' }))
  await waitFor(() => expect(box.value).toBe('precious'))
})

test('a draft survives the chat being left', () => {
  const { type, unmount } = composer()
  type('half a thou')
  unmount()
  expect(composer().box.value).toBe('half a thou')
})

test('a paste of 20,000 lines becomes an attachment and is sent with the words', async () => {
  const { props, box, type } = composer()
  const text = 'a line\n'.repeat(20_000)
  fireEvent.paste(box, { clipboardData: { files: [], getData: () => text } })
  expect(box.value).toBe('')
  expect(screen.getByText(/20,000 lines/)).toBeDefined()
  type('Sum it up')
  await act(async () => fireEvent.keyDown(box, { key: 'Enter' }))
  const sent = vi.mocked(props.onSend).mock.calls[0]?.[0].content
  expect(sent).toContain('a line\na line')
  expect(sent).toMatch(/\n\nSum it up$/)
})

test('the arrow up in an empty box edits the last message', () => {
  const { box, type } = composer()
  const edit = document.createElement('button')
  edit.dataset.edit = 'm'
  const pressed = vi.fn()
  edit.onclick = pressed
  document.body.append(edit)
  type('x')
  fireEvent.keyDown(box, { key: 'ArrowUp' })
  expect(pressed).not.toHaveBeenCalled()
  type('')
  fireEvent.keyDown(box, { key: 'ArrowUp' })
  expect(pressed).toHaveBeenCalledOnce()
  edit.remove()
})

test('the gauge is exact once the server has counted, and says when it is not', async () => {
  composer()
  await waitFor(() =>
    expect(screen.getByRole('button', { name: /5 of 8,192 tokens/ })).toBeDefined(),
  )
  cleanup()
  vi.mocked(countContext).mockRejectedValue(new Error('no'))
  const { type } = composer()
  type('some words that are counted by their length')
  await waitFor(() =>
    expect(screen.getByRole('button', { name: /about \d+ of 8,192 tokens/ })).toBeDefined(),
  )
})
