import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import { draw } from '../testing'
import { judgementOf, Structured } from './Structured'

afterEach(cleanup)

const text = '{"city":"Bern","tags":["old",3]}'
const faults = [
  { path: ['tags', 1], message: '3 is not of type "string"' },
  { path: [], message: '"country" is a required property' },
]

test('what is wrong stands where it is wrong', () => {
  const judgement = judgementOf({ structured: { valid: false, reason: 'the whole: x', faults } })
  if (!judgement) throw new Error('a judgement is kept')
  draw(<Structured id="m" text={text} judgement={judgement} />)
  expect(screen.getByText(/in 2 places/)).toBeTruthy()
  const row = screen.getByRole('row', { name: /tags/ })
  expect(within(row).getByText('3 is not of type "string"')).toBeTruthy()
  const city = screen.getByRole('row', { name: /city/ })
  expect(within(city).queryByText(/is not of type/)).toBeNull()
  expect(screen.getByText('"country" is a required property')).toBeTruthy()
})

test('a reply is copied as JSON with line breaks, and one that is none as it is', async () => {
  const write = vi.fn(async () => undefined)
  vi.stubGlobal('navigator', { ...navigator, clipboard: { writeText: write } })
  draw(<Structured id="m" text={text} judgement={{ valid: true }} />)
  fireEvent.click(screen.getByRole('button', { name: 'Copy as JSON' }))
  await waitFor(() => expect(write).toHaveBeenCalledWith(JSON.stringify(JSON.parse(text), null, 2)))
  vi.unstubAllGlobals()
})

test('a judgement of before, or a strange one, has no places', () => {
  expect(judgementOf({ structured: { valid: false, reason: 'n: x' } })).toEqual({
    valid: false,
    reason: 'n: x',
  })
  expect(judgementOf({ structured: { valid: false, faults: [3, { path: 1 }] } })?.faults).toEqual(
    [],
  )
})
