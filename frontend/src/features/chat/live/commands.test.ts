import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type * as Commands from './commands'

class Deaf {
  static readonly OPEN = 1
  static readonly CONNECTING = 0
  readyState = 0
  close() {}
}

let sent: { client_id: string; content: string }[]
let answer: (body: string) => Promise<Response>
let commands: typeof Commands

beforeEach(async () => {
  vi.resetModules()
  commands = await import('./commands')
  vi.useFakeTimers()
  vi.stubGlobal('WebSocket', Deaf)
  sent = []
  vi.stubGlobal('fetch', async (_: string, init: RequestInit) => {
    sent.push(JSON.parse(String(init.body)))
    return answer(String(init.body))
  })
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function ask(): Promise<unknown> {
  commands.connectLive()
  return commands.sendChat({ chat_id: 'c', content: 'hello' }).catch(error => error)
}

test('a request whose answer was lost is made again, the same', async () => {
  const start = { type: 'message_start', generation_id: 'g', seq: 0, chat_id: 'c' }
  const frame = JSON.stringify({ ...start, user_message: null, message: { id: 'm', parts: [] } })
  answer = async () => {
    if (sent.length < 3) throw new TypeError('network')
    return new Response(`data: ${frame}\n\n`)
  }
  const begun = ask()
  await vi.advanceTimersByTimeAsync(15_000)
  expect(await begun).toMatchObject({ generationId: 'g', message: { id: 'm' } })
  expect(sent).toHaveLength(3)
  expect(new Set(sent.map(one => one.client_id)).size).toBe(1)
})

test('where nothing answers for long, it is said', async () => {
  answer = () => Promise.reject(new TypeError('network'))
  const failed = ask()
  await vi.advanceTimersByTimeAsync(30_000)
  expect(await failed).toMatchObject({ name: 'OfflineError' })
})

test('where somebody listens and never answers, it is said', async () => {
  answer = () => new Promise(() => {})
  vi.stubGlobal('fetch', (_: string, init: RequestInit) => {
    return new Promise((_, reject) => {
      init.signal?.addEventListener('abort', () => reject(new DOMException('', 'AbortError')))
    })
  })
  const failed = ask()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(await failed).toMatchObject({ name: 'OfflineError' })
})
