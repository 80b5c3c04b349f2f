import { QueryClient } from '@tanstack/react-query'
import { afterEach, expect, test, vi } from 'vitest'
import { forget, run, useStarts } from './starts'

afterEach(() => {
  vi.unstubAllGlobals()
  useStarts.setState({ starts: {} })
})

function answering(...frames: object[]) {
  const text = frames.map(frame => `data: ${JSON.stringify(frame)}\n\n`).join('')
  const fetched = vi.fn(async () => new Response(text))
  vi.stubGlobal('fetch', fetched)
  return fetched
}

const start = () => run(new QueryClient(), 'v', 'V', { model_id: 'v', slots: 2 })

test('a start is followed to its end and kept', async () => {
  const fetched = answering(
    { step: 'resolve', variant: 'v' },
    { step: 'ready', variant: 'v', instance: { run_id: 'r', state: 'ready' }, error: null },
  )
  await start()
  const [, init] = fetched.mock.calls[0] as unknown as [string, RequestInit]
  expect(JSON.parse(String(init.body))).toEqual({ model_id: 'v', slots: 2 })
  expect(useStarts.getState().starts.v).toMatchObject({ step: 'ready', instance: { run_id: 'r' } })
  forget('v')
  expect(useStarts.getState().starts).toEqual({})
})

test('what the server refuses at once is the start’s error', async () => {
  const error = { code: 'invalid_value', message: 'slots is too many', param: 'slots' }
  vi.stubGlobal(
    'fetch',
    vi.fn(async () => Response.json({ code: 400, msg: 'x', data: null, error }, { status: 400 })),
  )
  await start()
  expect(useStarts.getState().starts.v).toMatchObject({
    step: 'error',
    error: { message: 'slots is too many' },
  })
})

test('a start whose stream breaks off early is left to what runs', async () => {
  answering({ step: 'resolve', variant: 'v' })
  await start()
  expect(useStarts.getState().starts.v).toBeUndefined()
})
