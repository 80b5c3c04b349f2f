import { cleanup, createEvent, fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { refreshLists } from '@/api/lists'
import { changeMany, removeFolder, renameFolder } from '@/api/shelves'
import { draw } from '../testing'
import { FolderRow } from './FolderRow'

vi.mock('@/api/lists', () => ({ refreshLists: vi.fn() }))
vi.mock('@/api/shelves', () => ({
  changeMany: vi.fn().mockResolvedValue({}),
  removeFolder: vi.fn().mockResolvedValue(undefined),
  renameFolder: vi.fn().mockResolvedValue({}),
}))

beforeEach(() => {
  vi.clearAllMocks()
})
afterEach(cleanup)

function row() {
  const onToggle = vi.fn()
  draw(
    <FolderRow
      row={{ kind: 'folder', key: 'f', name: 'work', count: 2, open: false }}
      onToggle={onToggle}
    />,
  )
  return { onToggle, head: screen.getByRole('button', { name: /^Folder work/ }) }
}

async function choose(name: string) {
  fireEvent.keyDown(screen.getByRole('button', { name: 'Menu of the folder work' }), {
    key: 'Enter',
  })
  fireEvent.click(await screen.findByRole('menuitem', { name }))
}

test('a folder unfolds, and says how much is in it', () => {
  const { onToggle, head } = row()
  expect(head.getAttribute('aria-label')).toBe('Folder work, 2 chats')
  fireEvent.click(head)
  expect(onToggle).toHaveBeenCalledWith('work')
})

test('chats that are dropped on it move there, other things do not', async () => {
  const { head } = row()
  const drop = (types: string[], text: string) => {
    const event = createEvent.drop(head)
    Object.assign(event, { dataTransfer: { types, getData: () => text } })
    fireEvent(head, event)
  }
  drop(['text/plain'], 'words')
  expect(changeMany).not.toHaveBeenCalled()
  drop(['application/x-stellarchat-chats'], '["a","b"]')
  await waitFor(() =>
    expect(changeMany).toHaveBeenCalledWith('move', ['a', 'b'], { folder: 'work' }),
  )
  await waitFor(() => expect(refreshLists).toHaveBeenCalled())
})

test('it is renamed by its menu; the same or no name changes nothing', async () => {
  row()
  for (const name of ['work', '   ', ' garden ']) {
    if (!screen.queryByRole('dialog')) await choose('Rename')
    const field = await screen.findByRole('textbox', { name: 'Name of the folder' })
    fireEvent.change(field, { target: { value: name } })
    fireEvent.submit(field)
  }
  await waitFor(() => expect(renameFolder).toHaveBeenCalledTimes(1))
  expect(renameFolder).toHaveBeenCalledWith('work', 'garden')
})

test('it is taken away by its menu', async () => {
  row()
  await choose('Remove folder, keep its chats')
  await waitFor(() => expect(removeFolder).toHaveBeenCalledWith('work'))
})
