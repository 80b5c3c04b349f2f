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

/** Milliseconds between two questions whether the server is back. */
const patience = 1000

/**
 * Load a part of the page; while the server does not answer, wait until it does: what is open stays.
 * @throws what `load` throws where the server answers.
 */
export async function patiently<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (error) {
    if (await answers()) throw error
    do await new Promise(resolve => setTimeout(resolve, patience))
    while (!(await answers()))
    return load()
  }
}

async function answers(): Promise<boolean> {
  try {
    return (await fetch('/health/live', { cache: 'no-store' })).ok
  } catch {
    return false
  }
}
