import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import { answerQuestion } from '@/api/tools'
import { draw } from '../testing'
import { ToolQuestion } from './ToolQuestion'

vi.mock('@/api/tools', () => ({ answerQuestion: vi.fn().mockResolvedValue(undefined) }))

afterEach(() => {
  cleanup()
  vi.mocked(answerQuestion).mockClear()
})

function asked(first: boolean) {
  const question = { id: 'q', message: 'Agree.', fields: [], url: 'https://bank.example/', first }
  draw(<ToolQuestion generationId="g" server="Bank" question={question} />)
  const link = screen.getByRole('link', { name: 'Open the page' })
  link.addEventListener('click', event => event.preventDefault()) // nobody is to be asked
  return link
}

test('to open a page is the answer', async () => {
  fireEvent.click(asked(false))
  await waitFor(() => expect(answerQuestion).toHaveBeenCalledWith('g', 'q', 'accept', {}))
  expect(screen.queryByRole('button', { name: 'Done, go on' })).toBeNull()
})

test('where a call needs the person to have been there, they say when that is done', async () => {
  fireEvent.click(asked(true))
  expect(answerQuestion).not.toHaveBeenCalled()
  fireEvent.click(screen.getByRole('button', { name: 'Done, go on' }))
  await waitFor(() => expect(answerQuestion).toHaveBeenCalledWith('g', 'q', 'accept', {}))
})
