// The page's service worker: it keeps the page's own files, so that the page opens without the server and
// says so, and it shows notices. Answers of the API never pass through it and are never kept.
//
// The document is always asked for anew; the kept one is for when nobody answers. Files below /assets/ have
// their contents in their names and never change. When another document comes, the server was upgraded: what
// was kept of the old page goes, and the new page tells what it is made of. So this file needs no version.
const SHELL = 'stellarchat.shell'
const DOCUMENT = '/'
const EXTRAS = ['/theme.js', '/favicon.svg']
// Addresses that belong to programs; all others are the page's (web/pages.py has the same list).
const PROGRAMS = /^\/(?:api|v1|health|metrics|openapi\.json|docs|conversations|chat)(?:\/|$)/

self.addEventListener('install', event => {
  event.waitUntil(
    caches
      .open(SHELL)
      .then(shell => shell.addAll([DOCUMENT, ...EXTRAS]))
      .then(() => self.skipWaiting()),
  )
})

self.addEventListener('activate', event => event.waitUntil(self.clients.claim()))

self.addEventListener('fetch', event => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== location.origin) return
  if (request.mode === 'navigate') {
    if (!PROGRAMS.test(url.pathname)) event.respondWith(page(request))
  } else if (url.pathname.startsWith('/assets/')) {
    event.respondWith(asset(request))
  } else if (EXTRAS.includes(url.pathname)) {
    event.respondWith(extra(request))
  }
})

/** The server's document, or the kept one where there is no server. */
async function page(request) {
  const shell = await caches.open(SHELL)
  try {
    const answer = await fetch(request)
    const html = answer.headers.get('content-type')?.startsWith('text/html')
    const lasting = !answer.headers.get('cache-control')?.includes('no-store')
    if (answer.ok && html && lasting && !answer.redirected) await keep(shell, answer.clone())
    return answer
  } catch (error) {
    const kept = await shell.match(DOCUMENT, { ignoreVary: true })
    if (kept) return kept
    throw error
  }
}

/** Keep a document; where it is another one than before, forget the files of that. */
async function keep(shell, answer) {
  const [before, now] = [await shell.match(DOCUMENT, { ignoreVary: true }), answer.clone()]
  if (before && (await before.text()) !== (await answer.text())) {
    for (const request of await shell.keys()) {
      if (new URL(request.url).pathname.startsWith('/assets/')) await shell.delete(request)
    }
  }
  await shell.put(DOCUMENT, now)
}

async function asset(request) {
  const kept = await caches.match(request, { ignoreVary: true })
  if (kept) return kept
  const answer = await fetch(request)
  if (answer.ok) {
    const copy = answer.clone()
    caches
      .open(SHELL)
      .then(shell => shell.put(request, copy))
      .catch(() => undefined)
  }
  return answer
}

async function extra(request) {
  try {
    return await fetch(request)
  } catch (error) {
    const kept = await caches.match(request, { ignoreVary: true })
    if (kept) return kept
    throw error
  }
}

self.addEventListener('message', event => {
  // The page was there before its worker: what it is made of is kept now.
  if (event.data?.type === 'keep') event.waitUntil(keepAll(event.data.files))
})

async function keepAll(files) {
  const shell = await caches.open(SHELL)
  for (const file of files) {
    if (!new URL(file, location.origin).pathname.startsWith('/assets/')) continue
    if (!(await shell.match(file, { ignoreVary: true })))
      await shell.add(file).catch(() => undefined)
  }
}

self.addEventListener('notificationclick', event => {
  event.notification.close()
  event.waitUntil(show(event.notification.data?.path ?? '/'))
})

/** Bring the page to the front, at the chat that the notice was about. */
async function show(path) {
  const open = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  const there = open.find(client => new URL(client.url).pathname === path) ?? open[0]
  if (!there) return self.clients.openWindow(path)
  await there.focus().catch(() => undefined)
  there.postMessage({ type: 'go', path })
}
