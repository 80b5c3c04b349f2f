import { cleanup, fireEvent, screen } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import { draw, fakeActions, fakeMessage, fakeModel } from '../testing'
import { Reply } from './Reply'
import { UserMessage } from './UserMessage'

afterEach(cleanup)

const models = [
  fakeModel('small', { name: 'Small', run_id: 'small-1' }),
  fakeModel('other', { name: 'Other' }),
]

function reply(more: Parameters<typeof fakeMessage>[0], who = {}) {
  const actions = fakeActions()
  const message = fakeMessage(more)
  draw(<Reply message={message} actions={actions} models={models} last />, who)
  return { actions, message }
}

test('an error is a card with words, remedy, last line and buttons that mend', () => {
  const { actions, message } = reply({
    status: 'error',
    error: { code: 'engine_died', message: 'It died.', remedy: 'Try again.', detail: 'signal 9' },
  })
  expect(screen.getByText('It died.')).toBeDefined()
  expect(screen.getByText('signal 9').closest('details')?.open).toBe(false)
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }))
  expect(actions.regenerate).toHaveBeenCalledWith(message)
  fireEvent.click(screen.getByRole('button', { name: 'Use Other' }))
  expect(actions.retryWith).toHaveBeenCalledWith(message, 'other')
  fireEvent.click(screen.getByRole('button', { name: 'Open logs' }))
  expect(actions.openDrawer).toHaveBeenCalledWith('logs', message)
})

test('who may not see logs is not offered them', () => {
  const error = { code: 'engine_died', message: 'It died.' }
  reply({ status: 'error', error }, { ordinary: true })
  expect(screen.getByRole('button', { name: 'Use Other' })).toBeDefined()
  expect(screen.queryByRole('button', { name: 'Open logs' })).toBeNull()
})

test('sharing is not offered where it is switched off', () => {
  reply({ content: 'x' })
  expect(screen.getByRole('button', { name: 'Share up to here' })).toBeDefined()
  cleanup()
  reply({ content: 'x' }, { sharing: false })
  expect(screen.getByRole('button', { name: 'Details' })).toBeDefined()
  expect(screen.queryByRole('button', { name: 'Share up to here' })).toBeNull()
})

test('another try waits as long as the server asked for', () => {
  const busy = { code: 'queue_full', message: 'Full.', retry_after: 90 }
  reply({ status: 'error', error: busy, updated_at: new Date().toISOString() })
  const button = screen.getByRole('button', { name: /Try again in/ }) as HTMLButtonElement
  expect(button.disabled).toBe(true)
  cleanup()
  reply({ status: 'error', error: busy, updated_at: '2020-01-01T00:00:00Z' })
  expect(screen.getByRole('button', { name: 'Try again' })).toHaveProperty('disabled', false)
})

test('an interrupted reply can be continued', () => {
  const { actions, message } = reply({ content: 'half', status: 'interrupted' })
  fireEvent.click(screen.getByRole('button', { name: 'Continue' }))
  expect(actions.continue).toHaveBeenCalledWith(message)
})

test('a stopped reply says how soon the engine was free', () => {
  reply({ content: 'half', status: 'stopped', timings: { stop_ms: 40 } })
  expect(screen.getByText(/Stopped, engine free after 40\sms/)).toBeDefined()
})

test('the branch picker shows the neighbours', () => {
  const { actions } = reply({ content: 'x', siblings: ['a', 'm', 'z'] })
  expect(screen.getByText('Version 2 of 3')).toBeDefined()
  fireEvent.click(screen.getByRole('button', { name: 'Next version' }))
  fireEvent.click(screen.getByRole('button', { name: 'Previous version' }))
  expect(actions.showSibling.mock.calls).toEqual([['z'], ['a']])
})

test('thinking is folded to one line with its duration', () => {
  reply({ parts: [{ type: 'thinking', text: 'secret thoughts', duration_ms: 12_000 }] })
  const line = screen.getByRole('button', { name: /Thought for 12\ss/ })
  expect(screen.queryByText('secret thoughts')).toBeNull()
  fireEvent.click(line)
  expect(screen.getByText('secret thoughts')).toBeDefined()
})

function said(content: string) {
  const actions = fakeActions()
  const message = fakeMessage({ role: 'user', content })
  draw(<UserMessage message={message} actions={actions} editable />)
  fireEvent.click(screen.getByRole('button', { name: 'Edit' }))
  const box = screen.getByRole('textbox') as HTMLTextAreaElement
  return { actions, message, box }
}

test('an edited message is sent by Enter, but not by an input method’s', () => {
  const { actions, message, box } = said('first')
  fireEvent.input(box, { target: { value: 'second' } })
  fireEvent.keyDown(box, { key: 'Enter', isComposing: true })
  fireEvent.keyDown(box, { key: 'Enter', keyCode: 229 })
  expect(actions.edit).not.toHaveBeenCalled()
  fireEvent.keyDown(box, { key: 'Enter' })
  expect(actions.edit).toHaveBeenCalledWith(message, 'second')
})

test('Escape leaves a message as it was', () => {
  const { actions, box } = said('first')
  fireEvent.input(box, { target: { value: 'second' } })
  fireEvent.keyDown(box, { key: 'Escape' })
  expect(actions.edit).not.toHaveBeenCalled()
  expect(screen.getByText('first')).toBeDefined()
})
