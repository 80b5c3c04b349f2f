import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { updateChat } from '@/api/chats'
import { changeMany } from '@/api/shelves'
import { draw } from '../testing'
import { endSelecting } from './selection'
import TagDialog from './TagDialog'

vi.mock('@/api/chats', () => ({ updateChat: vi.fn().mockResolvedValue({}), patchCached: vi.fn() }))
vi.mock('@/api/lists', () => ({ refreshLists: vi.fn() }))
vi.mock('@/api/shelves', () => ({
  changeMany: vi.fn().mockResolvedValue({}),
  tagList: () => ({ queryKey: ['tags'], queryFn: async () => [{ name: 'work', count: 3 }] }),
}))
vi.mock('./selection', () => ({ endSelecting: vi.fn() }))

beforeEach(() => {
  vi.clearAllMocks()
})
afterEach(cleanup)

const tag = (name: string) => screen.findByRole('button', { name })
const add = (name: string) => {
  fireEvent.change(screen.getByRole('textbox', { name: 'New tag' }), { target: { value: name } })
  fireEvent.click(screen.getByRole('button', { name: 'Add' }))
}

test('one chat has the tags that are left pressed', async () => {
  draw(<TagDialog ids={['a']} title="Plums" tags={['old']} />)
  fireEvent.click(await tag('work'))
  fireEvent.click(await tag('old'))
  add('  new ')
  // the same again is no second one
  add('new')
  expect((await tag('old')).getAttribute('aria-pressed')).toBe('false')
  expect(screen.getAllByRole('button', { name: 'new' })).toHaveLength(1)
  fireEvent.click(screen.getByRole('button', { name: 'Save' }))
  await waitFor(() => expect(updateChat).toHaveBeenCalledWith('a', { tags: ['work', 'new'] }))
  expect(changeMany).not.toHaveBeenCalled()
})

test('many chats get tags and lose none', async () => {
  draw(<TagDialog ids={['a', 'b']} tags={[]} />)
  fireEvent.click(await tag('work'))
  fireEvent.click(screen.getByRole('button', { name: 'Save' }))
  await waitFor(() =>
    expect(changeMany).toHaveBeenCalledWith('tag', ['a', 'b'], { tags: ['work'] }),
  )
  await waitFor(() => expect(endSelecting).toHaveBeenCalled())
})

test('nothing chosen changes nothing, and a failure keeps the selection', async () => {
  draw(<TagDialog ids={['a', 'b']} tags={[]} />)
  await tag('work')
  fireEvent.click(screen.getByRole('button', { name: 'Save' }))
  await waitFor(() => expect(endSelecting).toHaveBeenCalledTimes(1))
  expect(changeMany).not.toHaveBeenCalled()
  vi.mocked(changeMany).mockRejectedValue(new Error('refused'))
  fireEvent.click(await tag('work'))
  fireEvent.click(screen.getByRole('button', { name: 'Save' }))
  await waitFor(() => expect(changeMany).toHaveBeenCalled())
  expect(endSelecting).toHaveBeenCalledTimes(1)
})
