import { act, cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { countContext } from '@/api/chats'
import { ApiError } from '@/api/errors'
import { type StoredFile, uploadFile, uploadPages } from '@/api/files'
import type { ContextCount } from '@/api/types'
import { draw, fakeModel, words } from '../testing'
import type { ComposerProps } from '../types'
import { Composer } from './Composer'
import { readDraft, readDraftFiles, writeDraftFiles } from './drafts'

vi.mock('@/api/chats', () => ({ countContext: vi.fn() }))
vi.mock('@/api/files', () => ({
  uploadFile: vi.fn(),
  uploadPages: vi.fn(),
  deleteFile: vi.fn().mockResolvedValue(undefined),
  getFile: vi.fn().mockResolvedValue({}),
  thumbnailAddress: (id: string) => `/${id}`,
}))

const stored: StoredFile = {
  id: 'f',
  name: 'Pasted text.txt',
  media_type: 'text/plain',
  size: 140_000,
  width: null,
  height: null,
  pages: 47,
  page_kind: 'part',
  text_chars: 140_000,
  tokens: 35_000,
  created_at: '2026-01-01T00:00:00Z',
}

function counted(more: Partial<ContextCount>): ContextCount {
  const nothing = { tools: 0, over: 0, beyond: [], unseen: [], remedies: [] }
  return { prompt_tokens: 5, context_length: 8192, exact: true, ...nothing, ...more }
}

beforeEach(() => {
  localStorage.clear()
  vi.mocked(countContext).mockResolvedValue(counted({}))
  vi.mocked(uploadFile).mockResolvedValue(stored)
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

test('a model that is not here any more is said before sending, and another one offered', () => {
  const models = [fakeModel('small'), fakeModel('usual', { name: 'Usual', default: true })]
  const { props } = composer({ model: 'lost', models })
  const said = screen.getByRole('status')
  expect(said.textContent).toContain(words('composer')('modelGone', { model: 'lost' }))
  fireEvent.click(within(said).getByRole('button', { name: 'Use Usual' }))
  expect(props.onModel).toHaveBeenCalledWith('usual')
  cleanup()
  composer({ model: 'lost', models: [] })
  expect(screen.getByRole('status').textContent).toBe('')
})

test('words on their way are kept until the server has them', async () => {
  let arrive: () => void = () => undefined
  const onSend = vi.fn(() => new Promise<void>(resolve => (arrive = resolve)))
  const { box, type } = composer({ onSend })
  type('hello')
  fireEvent.keyDown(box, { key: 'Enter' })
  expect([box.value, readDraft('c')]).toEqual(['', 'hello'])
  type('more')
  await waitFor(() => expect(readDraft('c')).toBe('hello\n\nmore'))
  await act(async () => arrive())
  expect([box.value, readDraft('c')]).toEqual(['more', 'more'])
})

test('a box that was entered again lets go of words that arrive after all', async () => {
  let arrive: () => void = () => undefined
  const onSend = vi.fn(() => new Promise<void>(resolve => (arrive = resolve)))
  const left = composer({ onSend })
  left.type('hello')
  fireEvent.keyDown(left.box, { key: 'Enter' })
  left.unmount()
  const { box } = composer()
  expect(box.value).toBe('hello')
  await act(async () => arrive())
  expect([box.value, readDraft('c')]).toEqual(['', ''])
})

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
  await screen.findByText(/about 35,000 tokens/)
  type('Sum it up')
  await act(async () => fireEvent.keyDown(box, { key: 'Enter' }))
  expect(vi.mocked(props.onSend).mock.calls[0]?.[0].content).toMatchObject([
    { type: 'file', file_id: 'f' },
    { type: 'text', text: 'Sum it up' },
  ])
  expect(screen.queryByText(/35,000/)).toBeNull()
})

test('a file that the server refuses says why, and keeps the message until it is gone', async () => {
  const { props, box, type } = composer()
  const why = { code: 'file_unreadable', message: '“a.pdf” is damaged.', remedy: 'Save it anew.' }
  vi.mocked(uploadFile).mockRejectedValue(new ApiError(why, 422))
  type('Look')
  const data = new File(['x'], 'a.pdf', { type: 'application/pdf' })
  fireEvent.paste(box, { clipboardData: { files: [data], getData: () => '' } })
  expect((await screen.findByRole('alert')).textContent).toBe('“a.pdf” is damaged. Save it anew.')
  fireEvent.keyDown(box, { key: 'Enter' })
  expect(props.onSend).not.toHaveBeenCalled()
  vi.mocked(uploadFile).mockResolvedValue(stored)
  fireEvent.click(screen.getByRole('button', { name: 'Send a.pdf again' }))
  await screen.findByText(/35,000/)
  fireEvent.click(screen.getByRole('button', { name: 'Remove Pasted text.txt' }))
  await act(async () => fireEvent.keyDown(box, { key: 'Enter' }))
  expect(props.onSend).toHaveBeenCalledWith({ content: 'Look' })
})

test('the pages of a scanned PDF become images, where the model sees', async () => {
  const why = { code: 'file_scanned', message: '“a.pdf” has no text.', remedy: 'Attach its pages.' }
  vi.mocked(uploadFile).mockRejectedValue(new ApiError(why, 422))
  const page = { ...stored, media_type: 'image/jpeg', width: 1108, height: 1568, pages: null }
  const files = [1, 2].map(number => ({ ...page, id: `p${number}`, name: `a-${number}.jpg` }))
  vi.mocked(uploadPages).mockResolvedValue({ files, total: 2 })
  const paste = (box: HTMLElement) => {
    const data = new File(['x'], 'a.pdf', { type: 'application/pdf' })
    fireEvent.paste(box, { clipboardData: { files: [data], getData: () => '' } })
  }
  const blind = composer()
  paste(blind.box)
  expect((await screen.findByRole('alert')).textContent).toContain('Attach its pages.')
  expect(screen.queryByRole('button', { name: 'Attach its pages as images' })).toBeNull()
  blind.unmount()
  const { props, box } = composer({ models: [fakeModel('small', { capabilities: ['vision'] })] })
  paste(box)
  fireEvent.click(await screen.findByRole('button', { name: 'Attach its pages as images' }))
  await screen.findByText('a-2.jpg')
  expect(screen.queryByRole('alert')).toBeNull()
  await act(async () => fireEvent.keyDown(box, { key: 'Enter' }))
  expect(props.onSend).toHaveBeenCalledWith({
    content: [
      expect.objectContaining({ file_id: 'p1', width: 1108 }),
      expect.objectContaining({ file_id: 'p2' }),
    ],
  })
})

test('files of a draft come back with it', async () => {
  const first = composer()
  fireEvent.paste(first.box, { clipboardData: { files: [], getData: () => 'a\n'.repeat(500) } })
  await screen.findByText(/35,000/)
  first.unmount()
  composer()
  expect(screen.getByText(/35,000/)).toBeDefined()
})

test('an image and a model without eyes: said before sending, with those that see', async () => {
  const seeing = fakeModel('eyes', { capabilities: ['vision'] })
  const { props, box } = composer({ models: [fakeModel('small'), seeing] })
  vi.mocked(uploadFile).mockResolvedValue({ ...stored, width: 9, height: 9, pages: null })
  fireEvent.paste(box, {
    clipboardData: { files: [new File(['x'], 'a.txt')], getData: () => '' },
  })
  await screen.findByText(/small does not see images/)
  fireEvent.keyDown(box, { key: 'Enter' })
  expect(props.onSend).not.toHaveBeenCalled()
  fireEvent.click(screen.getByRole('button', { name: 'Use eyes' }))
  expect(props.onModel).toHaveBeenCalledWith('eyes')
})

test('what does not fit is said, with what would help', async () => {
  const remedy = { file_id: null, pages: null, model: null, context_length: null }
  vi.mocked(countContext).mockResolvedValue(
    counted({
      prompt_tokens: 9000,
      over: 808,
      beyond: ['a', 'b'],
      remedies: [
        { ...remedy, kind: 'summarise' },
        { ...remedy, kind: 'larger_context', model: 'small', context_length: 16_384 },
        { ...remedy, kind: 'other_model', model: 'large', context_length: 65_536 },
      ],
    }),
  )
  const summarise = vi.fn().mockResolvedValue(undefined)
  const restart = vi.fn().mockResolvedValue(undefined)
  const { props } = composer({ remedies: { summarise, restart } })
  await screen.findByText(/808 tokens more than small can read.*2 earliest messages do not fit/)
  await act(async () => fireEvent.click(screen.getByRole('button', { name: /Summarise/ })))
  expect(summarise).toHaveBeenCalledOnce()
  await act(async () => fireEvent.click(screen.getByRole('button', { name: /Restart.*16k/ })))
  expect(restart).toHaveBeenCalledWith('small', 16_384)
  fireEvent.click(screen.getByRole('button', { name: 'Use large' }))
  expect(props.onModel).toHaveBeenCalledWith('large')
})

test('where the tools take the room, turning them off is offered', async () => {
  const remedy = { file_id: null, pages: null, model: null, context_length: null }
  vi.mocked(countContext).mockResolvedValue(
    counted({ prompt_tokens: 8100, tools: 3, remedies: [{ ...remedy, kind: 'without_tools' }] }),
  )
  const onParams = vi.fn()
  const other = { type: 'function', function: { name: 'f' } }
  const params = { temperature: 1, tools: [{ type: 'mcp', server_label: 'a' }, other] }
  composer({ params, onParams })
  fireEvent.click(await screen.findByRole('button', { name: 'Turn tools off' }))
  expect(onParams).toHaveBeenCalledWith({ temperature: 1, tools: [other] })
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

test('what was refused stays with the draft where the room was left meanwhile', async () => {
  let refuse: (error: Error) => void = () => undefined
  const onSend = vi.fn(() => new Promise<void>((_, reject) => (refuse = reject)))
  writeDraftFiles('c', [{ file: stored, pages: 2 }])
  const { box, type, unmount } = composer({ onSend })
  type('hello')
  fireEvent.keyDown(box, { key: 'Enter' })
  await waitFor(() => expect(readDraftFiles('c')).toEqual([]))
  unmount()
  await act(async () => refuse(new ApiError({ code: 'rate_limit_exceeded', message: 'No.' }, 429)))
  expect(readDraft('c')).toBe('hello')
  expect(readDraftFiles('c')).toEqual([{ file: stored, pages: 2 }])
})
