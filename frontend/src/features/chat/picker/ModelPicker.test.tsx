import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ModelInfo } from '@/api/types'
import { draw, fakeModel, words } from '../testing'
import { ModelPicker } from './ModelPicker'

const fetched = vi.fn()

beforeEach(() => {
  fetched.mockReset().mockImplementation(async () => Response.json({ data: {} }))
  vi.stubGlobal('fetch', fetched)
})
afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const models = [
  fakeModel('ready', { name: 'Ready One' }),
  fakeModel('rest', { name: 'Resting One', state: 'stopped', model_id: 'family', size: '3B' }),
  fakeModel('away', { name: 'Away One', state: 'not_downloaded', downloaded: false }),
]

function picker(who = {}) {
  const onChange = vi.fn()
  draw(<ModelPicker models={models} value="ready" onChange={onChange} variant="chip" />, who)
  fireEvent.keyDown(window, { key: 'm', ctrlKey: true })
  return onChange
}

/** What was asked of the server, apart from the list itself. */
const asked = () =>
  fetched.mock.calls
    .filter(([path]) => path !== '/api/models')
    .map(([path, init]) => [path, JSON.parse(init.body)])

test('a model that is not here any more is shown to be so, but not before the list is known', () => {
  const gone = () => screen.queryByRole('img', { name: words('picker')('states.gone') })
  const button = () => <ModelPicker models={known} value="lost:7b" onChange={vi.fn()} />
  let known: ModelInfo[] = []
  const { rerender } = draw(button())
  expect(gone()).toBeNull()
  known = models
  rerender(button())
  expect(gone()).not.toBeNull()
  expect(screen.getByRole('button').textContent).toBe('lost:7b')
  known = [...models, fakeModel('family-7b', { name: 'Found', aliases: ['lost-7b'] })]
  rerender(button())
  expect(gone()).toBeNull()
  expect(screen.getByRole('button').textContent).toBe('Found')
})

test('Ctrl-M opens the list in its groups', () => {
  picker()
  expect(screen.getAllByRole('option')).toHaveLength(3)
  for (const heading of ['Running', 'Ready to start', 'To download']) {
    expect(screen.getByText(heading)).toBeDefined()
  }
})

test('a model that rests is chosen and started', async () => {
  const onChange = picker()
  fireEvent.click(screen.getByRole('option', { name: /Resting One/ }))
  expect(onChange).toHaveBeenCalledWith('rest')
  await waitFor(() =>
    // The variant's own name: sizes and formats may be unknown.
    expect(asked()).toEqual([['/api/v1/models/start', { model_id: 'rest' }]]),
  )
})

test('a running model is chosen and nothing is started', async () => {
  const onChange = picker()
  fireEvent.click(screen.getByRole('option', { name: /Ready One/ }))
  expect(onChange).toHaveBeenCalledWith('ready')
  expect(asked()).toEqual([])
})

test('a model that is not here is fetched first, and not chosen yet', async () => {
  const onChange = picker()
  fireEvent.click(screen.getByRole('option', { name: /Away One/ }))
  expect(onChange).not.toHaveBeenCalled()
  await waitFor(() => expect(asked()).toEqual([['/api/v1/downloads', { model_id: 'away' }]]))
})

test('who may not run models sees what is here, and starts it by writing to it', () => {
  const onChange = picker({ ordinary: true })
  expect(screen.getAllByRole('option')).toHaveLength(2)
  fireEvent.click(screen.getByRole('option', { name: /Resting One/ }))
  expect(onChange).toHaveBeenCalledWith('rest')
  expect(asked()).toEqual([])
})

test('typing narrows the list and Enter takes the first', () => {
  const onChange = picker()
  const search = screen.getByRole('combobox')
  fireEvent.change(search, { target: { value: 'rest' } })
  expect(screen.getAllByRole('option')).toHaveLength(1)
  fireEvent.keyDown(search, { key: 'Enter' })
  expect(onChange).toHaveBeenCalledWith('rest')
})
