const key = 'stellarchat.reloaded'
/** A second failure within this time is no upgrade, whatever it is; milliseconds. */
const pause = 30_000

/**
 * After the server was upgraded an open page asks for files that are gone: it must be loaded anew, once.
 * While the server does not answer at all it must not be: what stands there would be lost.
 */
export function reloadOnUpgrade(): void {
  window.addEventListener('vite:preloadError', async () => {
    if (Date.now() - Number(sessionStorage.getItem(key) ?? 0) < pause) return
    if (!(await answers())) return
    sessionStorage.setItem(key, String(Date.now()))
    location.reload()
  })
}

async function answers(): Promise<boolean> {
  try {
    return (await fetch('/health/live', { cache: 'no-store' })).ok
  } catch {
    return false
  }
}
