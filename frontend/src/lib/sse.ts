import { errorFrom } from '@/api/errors'
import { unauthorised } from '@/api/session'

/**
 * Read server-sent events over fetch and give each event's data to `each`; resolves when the stream ends.
 * Protocol: WHATWG HTML, "Server-sent events". Other fields than `data` are of no use here.
 * @throws ApiError where the server refuses; whatever fetch throws.
 */
export async function readEvents(
  url: string,
  init: RequestInit,
  each: (data: string) => void,
): Promise<void> {
  const response = await fetch(url, init)
  if (response.status === 401) unauthorised()
  if (!response.ok) throw errorFrom(response.status, await response.json().catch(() => null))
  const reader = response.body?.getReader()
  if (!reader) return
  const decoder = new TextDecoder()
  let rest = ''
  let data: string[] = []
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const lines = (rest + decoder.decode(value, { stream: true })).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) each(data.join('\n'))
        data = []
      } else if (line.startsWith('data:')) {
        data.push(line.slice(line[5] === ' ' ? 6 : 5))
      }
    }
  }
}
