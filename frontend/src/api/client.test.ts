import { afterEach, describe, expect, it, vi } from 'vitest'
import { control, request } from './client'
import { useContact } from './contact'

afterEach(() => {
  vi.unstubAllGlobals()
  useContact.setState({ online: true, last: null })
})

function answer(status: number, body: unknown) {
  const fake = vi.fn(async (_url: string, _init?: RequestInit) =>
    status === 204
      ? new Response(null, { status })
      : new Response(typeof body === 'string' ? body : JSON.stringify(body), { status }),
  )
  vi.stubGlobal('fetch', fake)
  return fake
}

describe('request', () => {
  it('sends JSON and leaves out what is not set', async () => {
    const fake = answer(200, { ok: true })
    await request('/api/x', { method: 'POST', body: { a: 1 }, query: { q: 'ä b', n: null } })
    const [url, init] = fake.mock.calls[0] ?? []
    expect(url).toBe('/api/x?q=%C3%A4+b')
    expect(init).toMatchObject({
      method: 'POST',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json' },
    })
  })

  it('gives nothing for 204', async () => {
    answer(204, '')
    expect(await request('/api/x', { method: 'DELETE' })).toBeUndefined()
  })

  it('throws what the server says, remedy included', async () => {
    answer(409, { error: { code: 'branch_busy', message: 'Busy', remedy: 'Wait', param: 'x' } })
    await expect(request('/api/x')).rejects.toMatchObject({
      status: 409,
      code: 'branch_busy',
      message: 'Busy',
      remedy: 'Wait',
      param: 'x',
    })
  })

  it('understands an answer that is no JSON', async () => {
    answer(500, '<html>')
    await expect(request('/api/x')).rejects.toMatchObject({ status: 500, message: 'HTTP 500' })
    expect(useContact.getState().online).toBe(true)
  })

  it('knows when nobody answers, and when somebody does again', async () => {
    vi.stubGlobal('fetch', async () => {
      throw new TypeError('Failed to fetch')
    })
    await expect(request('/api/x')).rejects.toMatchObject({ name: 'OfflineError' })
    expect(useContact.getState().online).toBe(false)
    answer(200, {})
    await request('/api/x')
    expect(useContact.getState()).toMatchObject({ online: true, last: expect.any(Number) })
  })

  it('does not take a proxy that answers for a dead server for the server', async () => {
    useContact.setState({ online: false, last: null })
    answer(502, 'Bad gateway')
    await expect(request('/api/x')).rejects.toMatchObject({ status: 502 })
    expect(useContact.getState().online).toBe(false)
  })
})

describe('control', () => {
  it('unpacks the envelope', async () => {
    answer(200, { request_id: 'r', code: 200, msg: 'success', data: { run_id: 'x' } })
    expect(await control('/models/start', { method: 'POST', body: {} })).toEqual({ run_id: 'x' })
  })

  it('prefers the error beside the envelope to its message', async () => {
    answer(404, { code: 404, msg: 'Short', data: null, error: { code: 'x', message: 'Long' } })
    await expect(control('/models')).rejects.toMatchObject({ message: 'Long' })
    answer(404, { code: 404, msg: 'Short', data: null })
    await expect(control('/models')).rejects.toMatchObject({ message: 'Short' })
  })
})
