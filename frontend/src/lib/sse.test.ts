import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ApiError } from '@/api/errors'
import { readEvents } from './sse'

afterEach(() => vi.unstubAllGlobals())

/** Answers with `text` in pieces of `size` bytes. */
function answer(text: string, size: number, status = 200) {
  const bytes = new TextEncoder().encode(text)
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size))
      controller.close()
    },
  })
  vi.stubGlobal('fetch', async () => new Response(body, { status }))
}

async function read(): Promise<string[]> {
  const found: string[] = []
  await readEvents('/events', {}, data => found.push(data))
  return found
}

describe('readEvents', () => {
  const stream =
    'id: 1\ndata: {"a":"字"}\n\n: alive\n\nid: 2\r\ndata: two\r\ndata:lines\r\n\r\ndata: cut off'

  it.each([1, 2, 3, 5, 1000])('reads the same in pieces of %i bytes', async size => {
    answer(stream, size)
    expect(await read()).toEqual(['{"a":"字"}', 'two\nlines'])
  })

  it('throws the error of the server with its remedy', async () => {
    answer('{"error":{"code":"not_found","message":"Gone","remedy":"Reload"}}', 1000, 404)
    await expect(read()).rejects.toMatchObject({
      name: 'ApiError',
      status: 404,
      code: 'not_found',
      remedy: 'Reload',
    } satisfies Partial<ApiError>)
  })
})
