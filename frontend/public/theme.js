// Runs before the first paint so that the page never flashes in the wrong theme or language.
// A file of its own because the page's CSP allows no inline script. Keys: src/lib/preferences.ts.
;(() => {
  let kept = {}
  try {
    kept = JSON.parse(localStorage.getItem('stellarchat.preferences') ?? '{}').state ?? {}
  } catch {
    // Storage may be blocked or damaged: the system's choice stands.
  }
  const dark =
    kept.theme === 'dark' ||
    (kept.theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.classList.toggle('dark', dark)
  document
    .querySelector('meta[name="theme-color"]')
    ?.setAttribute('content', dark ? '#0e1116' : '#fbfcfd')
})()
