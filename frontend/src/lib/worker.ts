/** The page's service worker (public/sw.js), and what the page and it tell each other. */

/** Browsers have it on this machine and over https only. */
const possible = () => 'serviceWorker' in navigator && window.isSecureContext

/** Start it once the page has come to rest: nothing of the first visit waits for it. `go` opens an address. */
export function startWorker(go: (path: string) => void): void {
  if (!possible() || !import.meta.env.PROD) return
  navigator.serviceWorker.addEventListener('message', event => {
    if (event.data?.type === 'go') go(String(event.data.path))
  })
  const begin = () =>
    navigator.serviceWorker
      .register('/sw.js')
      .then(() => navigator.serviceWorker.ready)
      .then(there => there.active?.postMessage({ type: 'keep', files: parts() }))
      .catch((error: unknown) => console.warn('The page will not open without its server', error))
  const later = () => setTimeout(begin, 1500)
  if (document.readyState === 'complete') later()
  else window.addEventListener('load', later, { once: true })
}

/** The files of the page that are there by now. */
function parts(): string[] {
  return performance
    .getEntriesByType('resource')
    .map(entry => new URL(entry.name).pathname)
    .filter(path => path.startsWith('/assets/'))
}

/** The worker that shows notices; null where there is none. */
export async function worker(): Promise<ServiceWorkerRegistration | null> {
  if (!possible()) return null
  return (await navigator.serviceWorker.getRegistration()) ?? null
}
