import type { ErrorInfo } from './types'

/**
 * What came of a login elsewhere that the browser is back from: why it was refused, null where it went well,
 * undefined where there was none a moment ago. The server tells by a cookie: anybody could make up an address.
 */
export function loginOutcome(cookies: string): ErrorInfo | null | undefined {
  const found = /(?:^|; )stellarchat-outcome=([^;]+)/.exec(cookies)?.[1]
  return found && JSON.parse(decodeURIComponent(found))
}
