import { beforeEach, expect, test, vi } from 'vitest'
import { reloadOnUpgrade } from './upgrade'

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
