import { OfflineError } from './errors'

/** How long a request may stay unanswered while the server does not answer, in milliseconds. */
export const answerPatience = 20_000
/** Milliseconds between two tries. */
const retryPause = 1_000

/**
 * Ask, and ask again while no answer comes. Only for what the server knows again, by a `client_id`.
 * @throws OfflineError: the server did not answer for long. What `ask` throws otherwise.
 */
export async function askAgain<T>(ask: () => Promise<T>): Promise<T> {
  const began = performance.now()
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      const late = performance.now() - began > answerPatience
      if (late || !(error instanceof OfflineError)) throw error
      await new Promise(resolve => setTimeout(resolve, retryPause))
    }
  }
}
