import { beforeEach, expect, test, vi } from 'vitest'
import { patiently, reloadOnUpgrade } from './upgrade'

const reload = vi.spyOn(location, 'reload').mockImplementation(() => undefined)
const fetched = vi.fn()
vi.stubGlobal('fetch', fetched)
reloadOnUpgrade()

const fail = () => window.dispatchEvent(new Event('vite:preloadError'))

beforeEach(() => {
  reload.mockClear()
  fetched.mockReset()
  sessionStorage.clear()
})

test('a file that is gone from a server that answers means an upgrade: load anew, once', async () => {
  fetched.mockResolvedValue(new Response('{}'))
  fail()
  await vi.waitFor(() => expect(reload).toHaveBeenCalledTimes(1))
  fail()
  expect(fetched).toHaveBeenCalledTimes(1)
})

test('without the server the page stays as it is', async () => {
  fetched.mockRejectedValue(new TypeError('no network'))
  fail()
  await vi.waitFor(() => expect(fetched).toHaveBeenCalled())
  await Promise.resolve()
  expect(reload).not.toHaveBeenCalled()
})

test('a part that cannot be had while the server is gone comes when it is back', async () => {
  vi.useFakeTimers()
  const load = vi.fn().mockRejectedValueOnce(new TypeError('no network')).mockResolvedValue('room')
  fetched.mockRejectedValueOnce(new TypeError('no network'))
  fetched.mockRejectedValueOnce(new TypeError('no network'))
  fetched.mockImplementation(async () => new Response('{}'))
  const part = patiently(load)
  await vi.runAllTimersAsync()
  await expect(part).resolves.toBe('room')
  expect(load).toHaveBeenCalledTimes(2)
  expect(fetched).toHaveBeenCalledTimes(3)
  vi.useRealTimers()
})

test('a part that a server which answers does not have is an error', async () => {
  fetched.mockResolvedValue(new Response('{}'))
  await expect(patiently(() => Promise.reject(new Error('gone')))).rejects.toThrow('gone')
})
