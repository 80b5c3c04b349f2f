import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type ChatLink, revokeLink, shareChat } from '@/api/sharing'
import { draw } from '../testing'
import ShareDialog from './ShareDialog'

let known: ChatLink | null = null

vi.mock('@/api/sharing', () => ({
  chatLink: (id: string) => ({ queryKey: ['share', id], queryFn: async () => known }),
  linkKey: (id: string) => ['share', id],
  shareChat: vi.fn(),
  revokeLink: vi.fn().mockResolvedValue(undefined),
}))

const link: ChatLink = {
  token: 'secret',
  path: '/s/secret',
  mode: 'snapshot',
  message_id: 'm',
  author: null,
  models: true,
  system_prompt: false,
  documents: true,
  created_at: '2026-01-01T00:00:00Z',
}

beforeEach(() => {
  known = null
  vi.mocked(shareChat).mockReset().mockResolvedValue(link)
})
afterEach(cleanup)

const box = (name: RegExp) => screen.getByRole('checkbox', { name }) as HTMLInputElement

test('a link shows what was chosen and nothing more', async () => {
  draw(<ShareDialog chatId="c" messageId="m" />)
  const make = await screen.findByRole('button', { name: 'Make a link' })
  expect(screen.queryByRole('textbox', { name: 'Link' })).toBeNull()
  expect([
    box(/which models/).checked,
    box(/system prompt/).checked,
    box(/documents/).checked,
  ]).toEqual([true, false, true])
  fireEvent.click(box(/documents/))
  fireEvent.click(box(/which models/))
  fireEvent.change(screen.getByRole('textbox', { name: /Your name/ }), { target: { value: 'Ann' } })
  fireEvent.click(make)
  await waitFor(() =>
    expect(shareChat).toHaveBeenCalledWith('c', {
      mode: 'snapshot',
      message_id: 'm',
      author: 'Ann',
      models: false,
      system_prompt: false,
      documents: false,
    }),
  )
  const address = (await screen.findByRole('textbox', { name: 'Link' })) as HTMLInputElement
  expect(address.value).toMatch(/\/s\/secret$/)
})

test('what a link shows stands in the form, and it can be taken back', async () => {
  known = { ...link, mode: 'live', documents: false, author: 'Ann' }
  draw(<ShareDialog chatId="c" />)
  await screen.findByRole('textbox', { name: 'Link' })
  expect(box(/documents/).checked).toBe(false)
  expect((screen.getByRole('radio', { name: /As it goes on/ }) as HTMLInputElement).checked).toBe(
    true,
  )
  fireEvent.click(screen.getByRole('button', { name: 'Take the link back' }))
  await waitFor(() => expect(revokeLink).toHaveBeenCalledWith('c'))
  expect(await screen.findByRole('button', { name: 'Make a link' })).toBeTruthy()
})

test('where no link was made the form stays as it is', async () => {
  vi.mocked(shareChat).mockRejectedValue(new Error('refused'))
  draw(<ShareDialog chatId="c" />)
  const make = (await screen.findByRole('button', { name: 'Make a link' })) as HTMLButtonElement
  fireEvent.click(box(/system prompt/))
  fireEvent.click(make)
  await waitFor(() => expect(shareChat).toHaveBeenCalled())
  await waitFor(() => expect(make.disabled).toBe(false))
  expect(box(/system prompt/).checked).toBe(true)
  expect(screen.queryByRole('textbox', { name: 'Link' })).toBeNull()
})
