"""Chromium, and servers to look at with it: on SQLite, and on PostgreSQL half of what is marked `databases`.

With STELLARCHAT_TEST_EVERY_DATABASE=1 what is marked is made on both.
"""

import asyncio
import contextlib
import os
import shutil
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.databases import server_database, there_is
from tests.e2e.room import SLOW
from tests.fake_engine import Fake, running_fake
from tests.server import Server, endpoint, serving

ROOT = Path(__file__).parents[2]
WHOLE = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))),
    None,
)
# it shows no windows and takes half the processor's time; what it cannot, a file asks of the whole one
CHROMIUM = shutil.which("chromium-headless-shell") or WHOLE
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
EVERY_DATABASE = os.environ.get("STELLARCHAT_TEST_EVERY_DATABASE") == "1"
Open = Callable[..., Page]
expect.set_options(timeout=SLOW)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here; skip it loudly where there is no browser or no page."""
    why = None
    if CHROMIUM is None:
        why = "Chromium is not installed: run tools/browser"
    elif not (ROOT / "src/stellarchat/web/static/index.html").exists():
        why = "the page is not built: run make install"
    here = str(Path(__file__).parent)
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.browser)
            if why:
                item.add_marker(pytest.mark.skip(reason=why))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each test that looks at a server its databases."""
    if "database" in metafunc.fixturenames:
        kinds: list[Any] = ["sqlite"]
        if metafunc.definition.get_closest_marker("databases"):
            other = pytest.param("postgresql", marks=pytest.mark.postgresql)
            if EVERY_DATABASE:
                kinds.append(other)
            elif zlib.crc32(metafunc.module.__name__.encode()) % 2 and there_is("postgresql"):
                kinds = [other]
        metafunc.parametrize("database", kinds, indirect=True, scope="module")


@contextlib.contextmanager
def browsing(program: str | None) -> Iterator[Browser]:
    """Run a browser, for one file: while Playwright runs, no asynchronous test can run in its thread."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium's shell where there is one."""
    with browsing(CHROMIUM) as running:
        yield running


@pytest.fixture(scope="module")
def fake() -> Iterator[Fake]:
    """A slow, obedient engine in a thread of its own: Playwright's synchronous API owns this one."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    context = running_fake(tokens_per_second=25, tokens=60)
    try:
        yield asyncio.run_coroutine_threadsafe(context.__aenter__(), loop).result(30)
    finally:
        asyncio.run_coroutine_threadsafe(context.__aexit__(None, None, None), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture(scope="module")
def database(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """The settings of a database with nothing in it: none for SQLite, an address for PostgreSQL."""
    if request.param == "sqlite":
        yield {}
    else:
        with server_database(request.param) as url:
            yield {"database_url": url}


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, fake: Fake, database: dict[str, str]
) -> Iterator[Server]:
    """A server with the demonstration model, and the fake as an endpoint named `fake`."""
    settings = {"endpoints": [endpoint(fake)], **database}
    with serving(tmp_path_factory.mktemp("server"), config=settings) as running:
        yield running


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Open]:
    """Open a page of the server as a new visitor: `visit("/", locale="zh-CN", dark=True, phone=True)`.

    At the end it is an error if a page threw, or asked anybody but the server for anything.
    """
    with contextlib.ExitStack() as contexts:
        troubles: list[str] = []

        def opened(
            path: str = "/",
            *,
            locale: str = "en-US",
            dark: bool = False,
            phone: bool = False,
            context: BrowserContext | None = None,
        ) -> Page:
            if context is None:
                context = browser.new_context(
                    locale=locale,
                    color_scheme="dark" if dark else "light",
                    viewport={"width": 390, "height": 844} if phone else {"width": 1400, "height": 900},
                    has_touch=phone,
                    is_mobile=phone,
                    reduced_motion="reduce",
                )
                contexts.callback(context.close)
                context.on("request", lambda request: _watch(request.url, server.base_url, troubles))
                context.on("weberror", lambda error: troubles.append(str(error.error)))
            page = context.new_page()
            page.goto(server.base_url + path)
            return page

        yield opened
        assert troubles == []


def _watch(url: str, own: str, troubles: list[str]) -> None:
    if not url.startswith((own, own.replace("http", "ws", 1), "data:", "blob:")):
        troubles.append(f"asked for {url}")


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, to be evaluated in a page."""
    return (ROOT / "frontend/node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def accessible(axe: str, database: dict[str, str]) -> Callable[[Page], None]:
    """Assert that axe finds nothing serious on a page; once, as it is the same on each database."""

    def check(page: Page) -> None:
        if database:
            return
        # a page that is still being put together is nobody's: axe may catch a row between two renderings
        page.wait_for_load_state("networkidle")
        page.evaluate(axe)
        found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        serious = [
            f"{one['id']}: {one['help']} ({', '.join(str(node['target']) for node in one['nodes'][:3])})"
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
        ]
        assert serious == []

    return check
