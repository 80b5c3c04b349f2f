import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { draw } from '../../testing'
import { RemoteImage } from './RemoteImage'
import Rendered from './Rendered'
import { forgetRemotes } from './remote'

const address = 'https://pictures.example/cat.png?q=1&r=ü'
const asked = '/api/images?url=https%3A%2F%2Fpictures.example%2Fcat.png%3Fq%3D1%26r%3D%25C3%25BC'

function server(answer: () => Response | Promise<Response>) {
  const fake = vi.fn((_url: string, _init?: RequestInit) => Promise.resolve(answer()))
  vi.stubGlobal('fetch', fake)
  return fake
}

function refusal(code: string, status: number) {
  const error = { code, message: 'pictures.example answered 404.', remedy: 'Check.' }
  return new Response(JSON.stringify({ error }), { status })
}

beforeEach(() => {
  let made = 0
  vi.spyOn(URL, 'createObjectURL').mockImplementation(() => `blob:mine/${made++}`)
  vi.spyOn(URL, 'revokeObjectURL').mockImplementation(() => {})
})

afterEach(() => {
  cleanup()
  forgetRemotes()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

describe('RemoteImage', () => {
  it('asks nobody before the reader does', () => {
    const fake = server(() => new Response('x'))
    draw(<RemoteImage src={address} alt="A cat" />)
    expect(screen.getByText('A cat')).toBeTruthy()
    expect(screen.getByText(/pictures\.example\/cat\.png/)).toBeTruthy()
    expect(document.querySelector('img')).toBeNull()
    expect(fake).not.toHaveBeenCalled()
  })

  it('has the server fetch it, and keeps the keyboard where it was', async () => {
    const fake = server(() => new Response('x'))
    draw(<RemoteImage src={address} alt="A cat" />)
    const load = screen.getByRole('button', { name: 'Load A cat' })
    load.focus()
    fireEvent.click(load)
    const shown = await screen.findByRole('button', { name: 'Show A cat large' })
    expect(shown.querySelector('img')?.getAttribute('src')).toBe('blob:mine/0')
    expect(shown.querySelector('img')?.getAttribute('alt')).toBe('A cat')
    expect(document.activeElement).toBe(shown)
    expect(fake.mock.calls.map(([url]) => url)).toEqual([asked])
  })

  it('keeps what was loaded while its reply is drawn anew', async () => {
    const fake = server(() => new Response('x'))
    const first = draw(<RemoteImage src={address} alt="" />)
    fireEvent.click(screen.getByRole('button', { name: 'Load Image from pictures.example' }))
    await screen.findByRole('img')
    first.unmount()
    draw(<RemoteImage src={address} alt="" />)
    expect(screen.getByRole('img').getAttribute('alt')).toBe('Image from pictures.example')
    expect(fake).toHaveBeenCalledTimes(1)
  })

  it('shows it large, and goes back', async () => {
    server(() => new Response('x'))
    draw(<RemoteImage src={address} alt="A cat" />)
    fireEvent.click(screen.getByRole('button', { name: 'Load A cat' }))
    fireEvent.click(await screen.findByRole('button', { name: 'Show A cat large' }))
    const dialog = await screen.findByRole('dialog', { name: 'A cat' })
    expect(dialog.querySelector('img')?.getAttribute('src')).toBe('blob:mine/0')
    fireEvent.keyDown(dialog, { key: 'Escape' })
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  })

  it('can be called off', async () => {
    const fake = server(() => new Promise<Response>(() => {}))
    draw(<RemoteImage src={address} alt="A cat" />)
    fireEvent.click(screen.getByRole('button', { name: 'Load A cat' }))
    expect(screen.getByRole('status').textContent).toBe('Loading from pictures.example…')
    fireEvent.click(screen.getByRole('button', { name: 'Cancel' }))
    expect(screen.getByRole('button', { name: 'Load A cat' })).toBeTruthy()
    expect(fake.mock.calls[0]?.[1]?.signal?.aborted).toBe(true)
  })

  it.each([
    ['address_refused', 400, 'not on the public internet', 'outside.allow'],
    ['fetch_failed', 502, 'No image came', 'pictures.example answered 404.'],
    ['fetch_timed_out', 504, 'did not answer in time', 'Try again later'],
    ['fetch_too_large', 502, 'larger than this server fetches', 'in a new tab instead'],
  ])('says what went wrong and what to do: %s', async (code, status, what, remedy) => {
    const fake = server(() => refusal(code, status))
    draw(<RemoteImage src={address} alt="A cat" />)
    fireEvent.click(screen.getByRole('button', { name: 'Load A cat' }))
    const again = await screen.findByRole('button', { name: 'Try again' })
    const said = screen.getByRole('status').textContent
    expect(said).toContain(what)
    expect(said).toContain(remedy)
    fake.mockImplementation(() => Promise.resolve(new Response('x')))
    fireEvent.click(again)
    await screen.findByRole('img')
  })

  it('says when what came cannot be drawn', async () => {
    server(() => new Response('x'))
    draw(<RemoteImage src={address} alt="A cat" />)
    fireEvent.click(screen.getByRole('button', { name: 'Load A cat' }))
    fireEvent.error(await screen.findByRole('img'))
    expect(screen.getByRole('status').textContent).toContain('cannot be shown')
  })

  it('inside a link has no second one, and does not follow it', () => {
    server(() => new Promise<Response>(() => {}))
    const text = `[![A cat](${address})](https://elsewhere.example/)`
    draw(<Rendered text={text} finished id="m" />)
    expect(screen.getAllByRole('link')).toHaveLength(1)
    const followed = fireEvent.click(screen.getByRole('button', { name: 'Load A cat' }))
    expect(followed).toBe(false)
  })
})
