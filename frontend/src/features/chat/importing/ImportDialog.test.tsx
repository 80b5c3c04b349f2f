import { cleanup, fireEvent, screen, within } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import { type ImportReport, importChats } from '@/api/imports'
import { draw } from '../testing'
import { WithChatsWords } from '../words'
import ImportDialog from './ImportDialog'

vi.mock('@/api/imports', () => ({ importChats: vi.fn() }))

const nothing: ImportReport = {
  done: true,
  created: 0,
  updated: 0,
  present: 0,
  failed: 0,
  messages: 0,
  files: 0,
  missing: 0,
  sources: {},
  chat_ids: [],
  problems: [],
  incomplete: [],
  error: null,
}
const file = new File(['{}'], 'export.zip')

/** The server tells so much, and no more. */
function tells(report: Partial<ImportReport>) {
  vi.mocked(importChats).mockImplementation(async (_, each) => each({ ...nothing, ...report }))
}

beforeEach(() => {
  vi.mocked(importChats).mockReset()
})
afterEach(cleanup)

function dialog(first: File | null = file) {
  draw(
    <WithChatsWords>
      <ImportDialog first={first} onClose={vi.fn()} />
    </WithChatsWords>,
  )
}

test('it tells what came, what did not, and why', async () => {
  tells({
    created: 2,
    present: 1,
    files: 3,
    missing: 1,
    failed: 60,
    problems: [{ index: 5, file: 'b.json', title: '', reasons: [{ message: 'It is no object.' }] }],
    incomplete: [
      { index: 7, file: null, title: 'Plums', reasons: [{ message: 'plums.png is damaged.' }] },
    ],
  })
  dialog()
  expect(await screen.findByText('2 new chats')).toBeTruthy()
  expect(screen.getByText('1 chat was here already')).toBeTruthy()
  expect(screen.getByText('3 files came along')).toBeTruthy()
  expect(screen.getByText(/^1 file is not in it/)).toBeTruthy()
  expect(screen.queryByText(/with new messages/)).toBeNull()
  const [, failed, incomplete] = screen.getAllByRole('list')
  expect(within(failed as HTMLElement).getByText('b.json · Record 5')).toBeTruthy()
  expect(within(failed as HTMLElement).getByText('and 59 more')).toBeTruthy()
  expect(within(incomplete as HTMLElement).getByText('plums.png is damaged.')).toBeTruthy()
})

test('a refused file says what to do, and another can be chosen', async () => {
  const info = { code: 'bad_request', message: 'It is encrypted.', remedy: 'Unpack it.' }
  vi.mocked(importChats).mockRejectedValue(new ApiError(info, 400))
  dialog()
  expect(await screen.findByText('It is encrypted.')).toBeTruthy()
  expect(screen.getByText('Unpack it.')).toBeTruthy()
  fireEvent.click(screen.getByRole('button', { name: 'Import another file' }))
  tells({})
  fireEvent.change(screen.getByLabelText('Choose a file', { selector: 'input' }), {
    target: { files: [file] },
  })
  expect(await screen.findByText('The file holds no chats.')).toBeTruthy()
})

test('it can be stopped, and what has come stays', async () => {
  vi.mocked(importChats).mockImplementation(async (_, each, signal) => {
    each({ ...nothing, done: false, created: 4 })
    await new Promise((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(new DOMException('', 'AbortError'))),
    )
  })
  dialog()
  expect(await screen.findByText('4 chats read')).toBeTruthy()
  fireEvent.click(screen.getByRole('button', { name: 'Stop' }))
  expect(await screen.findByText(/^Stopped/)).toBeTruthy()
  expect(screen.getByText('4 new chats')).toBeTruthy()
})
