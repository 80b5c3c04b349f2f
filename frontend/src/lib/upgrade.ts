const key = 'stellarchat.reloaded'
/** A second failure within this time is no upgrade but a broken connection; milliseconds. */
const pause = 30_000

/** After the server was upgraded an open page asks for files that are gone: it must be loaded anew, once. */
export function reloadOnUpgrade(): void {
  window.addEventListener('vite:preloadError', event => {
    if (Date.now() - Number(sessionStorage.getItem(key) ?? 0) < pause) return
    sessionStorage.setItem(key, String(Date.now()))
    event.preventDefault()
    location.reload()
  })
}
