"""What a page keeps of a secret: nothing that outlives the field it was typed or shown in."""

from playwright.sync_api import Page

_ALL = """
async () => {
    const found = [document.documentElement.outerHTML, document.cookie, window.name, location.href]
    for (const one of [history.state, {...localStorage}, {...sessionStorage}]) found.push(JSON.stringify(one))
    found.push(...performance.getEntries().map(entry => entry.name))
    for (const name of await caches.keys()) {
        const cache = await caches.open(name)
        for (const request of await cache.keys()) {
            const answer = await cache.match(request)
            found.push(request.url, JSON.stringify([...request.headers, ...answer.headers]))
            if (new URL(request.url).pathname.startsWith('/api/')) found.push(await answer.text())
        }
    }
    for (const {name} of await indexedDB.databases()) {
        const database = await new Promise((done, failed) => {
            const opening = indexedDB.open(name)
            opening.onsuccess = () => done(opening.result)
            opening.onerror = failed
        })
        for (const store of database.objectStoreNames) {
            const rows = database.transaction(store).objectStore(store).getAll()
            await new Promise(done => { rows.onsuccess = done })
            found.push(JSON.stringify(rows.result))
        }
        database.close()
    }
    return found.join('\\n')
}
"""


def keeps_none(page: Page, *secrets: str) -> None:
    """See that neither what is shown nor what is stored has one of `secrets`: no script could tell it."""
    kept: str = page.evaluate(_ALL)
    assert [secret for secret in secrets if secret in kept] == []
