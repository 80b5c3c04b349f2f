"""How the page bears much: `python bench/long.py` measures it in Chromium, on a server of its own.

A list of 100,000 chats: how long frames take while one scrolls down through it for some seconds, page after
page, and while one scrolls in what was loaded. A chat of 5,000 messages: from the address, and from a click,
to the last message, and how long a key press takes until it is painted. One JSON object on stdout.

Frames are told in ms, and with what the page's thread took of the processor for each, which other work on the
machine does not change. The page must be built. `--throttle 4` makes Chromium a laptop of the middle range.
"""

import argparse
import json
import sqlite3
import statistics
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.databases import sqlite_url
from tests.e2e.conftest import ARGUMENTS, CHROMIUM
from tests.server import serving

from stellarchat.core.ids import new_id

USER = "local"
FRAMES = """
() => new Promise(done => {
  const times = []
  let last = performance.now()
  const end = last + %d
  const step = now => {
    times.push(now - last)
    last = now
    %s
    if (now < end) requestAnimationFrame(step)
    else done(times.slice(1))
  }
  requestAnimationFrame(step)
})
"""
SCROLL = "list.scrollTop += 60"
LIST = "const list = document.querySelector('nav [role=group]')"
REPLY = "## Part {0}\n\nSome **words** about it, `code`:\n\n- one\n- two\n\n```python\nprint({0})\n```"


def fill(folder: Path, chats: int, messages: int) -> str:
    """Write the chats straight into the file; return the id of the long one."""
    now = datetime.now(UTC)
    long = new_id()
    path = Path(sqlite_url(folder).removeprefix("sqlite:///"))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA foreign_keys=ON")

        def stamp(at: datetime) -> str:
            return at.strftime("%Y-%m-%d %H:%M:%S.%f")

        rows = []
        for number in range(chats):
            at = stamp(now - timedelta(minutes=7 * number + 1))
            title = f"Chat {number} about {'plums pears quinces apples'.split()[number % 4]} and what grows"
            folder_name = f"Folder {number % 8}" if number % 50 == 1 else None
            rows.append((long if number == 3 else new_id(), USER, title, folder_name, at, at, at))
        connection.executemany(
            "INSERT INTO chat (id, user_id, title, folder, created_at, updated_at, last_message_at,"
            " title_by, params, rev) VALUES (?, ?, ?, ?, ?, ?, ?, 'person', '{}', 0)",
            rows,
        )
        parent = None
        for number in range(messages):
            identity, at = new_id(), stamp(now - timedelta(days=30) + timedelta(seconds=number))
            role = "assistant" if number % 2 else "user"
            text = REPLY.format(number) if number % 2 else f"Question {number}: what about it?"
            connection.execute(
                "INSERT INTO message (id, chat_id, parent_id, role, status, model, metadata, rev, created_at,"
                " updated_at) VALUES (?, ?, ?, ?, 'complete', ?, '{}', 1, ?, ?)",
                (identity, long, parent, role, "stellar-demo" if number % 2 else None, at, at),
            )
            body = json.dumps({"type": "text", "text": text})
            connection.execute("INSERT INTO message_part VALUES (?, 0, ?)", (identity, body))
            parent = identity
        connection.execute("UPDATE chat SET active_leaf_id = ? WHERE id = ?", (parent, long))
        connection.commit()
    return long


def processor(devtools: CDPSession) -> float:
    """Return what the page's thread has taken of the processor so far, in ms."""
    metrics = devtools.send("Performance.getMetrics")["metrics"]
    return 1000 * float(next(one["value"] for one in metrics if one["name"] == "TaskDuration"))


def frames(page: Page, devtools: CDPSession, milliseconds: int, each: str = "") -> dict[str, float]:
    """Return how long frames take for a while, in ms, doing something in each."""
    before = processor(devtools)
    times: list[float] = page.evaluate(FRAMES % (milliseconds, each))
    return {
        "processor": round((processor(devtools) - before) / len(times), 1),
        "frames": len(times),
        "median": round(statistics.median(times), 1),
        "p95": round(statistics.quantiles(times, n=20)[18], 1),
        "longest": round(max(times), 1),
        "over 50 ms": sum(one > 50 for one in times),
    }


def listed(page: Page, devtools: CDPSession, url: str) -> dict[str, Any]:
    """Scroll through the list of chats."""
    page.goto(url)
    page.locator("[data-chat]").first.wait_for()
    found: dict[str, Any] = {"still": frames(page, devtools, 2000)}
    found["down, fetching"] = frames(page, devtools, 15_000, f"{LIST}; {SCROLL}")
    # as many pages as one would ever fetch by hand, so that the list is long while it is scrolled
    page.evaluate(
        """async () => {
          const list = document.querySelector('nav [role=group]')
          const began = performance.now()
          let before = 0
          while (performance.now() - began < 60000 && list.scrollHeight < 600000) {
            list.scrollTop = list.scrollHeight
            await new Promise(done => setTimeout(done, 60))
            before = list.scrollHeight
          }
        }"""
    )
    found["rows loaded"] = page.evaluate(
        "Math.round(document.querySelector('nav [role=group]').scrollHeight / 32)"
    )
    page.wait_for_timeout(1000)
    found["up, all loaded"] = frames(page, devtools, 6000, f"{LIST}; list.scrollTop -= 400")
    page.evaluate(f"() => {{ {LIST}; list.scrollTop = 0 }}")
    page.wait_for_timeout(500)
    return found


def opened(page: Page, devtools: CDPSession, url: str, chat_id: str, messages: int) -> dict[str, Any]:
    """Open the long chat, anew and from the list, and type in it."""
    last = f"Part {messages - 1}"
    shown = (
        f"[...document.querySelectorAll('article h2, article h3')].some(one => one.textContent === '{last}')"
    )
    anew, worked = [], []
    for _ in range(5):
        page.goto("about:blank")
        page.goto(f"{url}/c/{chat_id}", wait_until="commit")
        page.wait_for_function(shown, polling="raf")
        anew.append(page.evaluate("performance.now()"))
        worked.append(processor(devtools))
    clicked = []
    for _ in range(5):
        page.get_by_role("link", name="New chat").first.click()
        page.locator(f"[data-chat='{chat_id}']").wait_for()
        clicked.append(
            page.evaluate(
                f"""() => new Promise(done => {{
                  const began = performance.now()
                  document.querySelector("[data-chat='{chat_id}']").click()
                  const look = () => ({shown}) ? done(performance.now() - began) : requestAnimationFrame(look)
                  look()
                }})"""
            )
        )
    page.wait_for_timeout(1000)
    typed = typing(page, devtools)
    section = "const list = document.querySelector('section[tabindex]')"
    upward = frames(page, devtools, 6000, f"{section}; list.scrollTop -= 80")
    return {
        "by its address, ms": [round(one) for one in anew],
        "of that the page's thread, ms": [round(one) for one in worked],
        "by a click, ms": [round(one) for one in clicked],
        "typing": typed,
        "scrolling up, fetching": upward,
    }


def typing(page: Page, devtools: CDPSession) -> dict[str, float]:
    """Type in the composer; return what a key takes until its frame is painted, and of the page's thread.

    Painted, not presented, which Event Timing would tell: without a GPU and a screen Chromium's display may
    put off for seconds what the page has long handed to it, on a busy machine.
    """
    composer = page.get_by_role("textbox").last
    composer.click()
    page.keyboard.type("and so on ", delay=100)  # what is fetched at the first key
    page.wait_for_timeout(1000)
    page.evaluate(
        """() => {
          window.keys = []
          document.addEventListener('keydown', event => requestAnimationFrame(() => {
            const painted = new MessageChannel()
            painted.port1.onmessage = () => window.keys.push(performance.now() - event.timeStamp)
            painted.port2.postMessage(null)
          }), true)
        }"""
    )
    text = "typing in a chat of five thousand messages should not be felt at all " * 2
    before = processor(devtools)
    page.keyboard.type(text, delay=80)
    worked = processor(devtools) - before
    page.wait_for_timeout(500)
    times: list[float] = sorted(page.evaluate("window.keys"))
    return {
        "keys": len(times),
        "processor, ms a key": round(worked / len(text), 1),
        "until painted, median ms": round(statistics.median(times), 1),
        "until painted, p95 ms": round(statistics.quantiles(times, n=20)[18], 1),
        "longest": round(times[-1], 1),
    }


def main() -> None:
    """Fill, serve, look."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--chats", type=int, default=100_000)
    options.add_argument("--messages", type=int, default=5_000)
    options.add_argument("--throttle", type=float, default=1)
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="stellarchat-long-") as name, sync_playwright() as playwright:
        folder = Path(name)
        long = fill(folder, given.chats, given.messages)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        with serving(folder) as server:
            page = browser.new_page(bypass_csp=True, viewport={"width": 1400, "height": 900})
            session = page.context.new_cdp_session(page)
            session.send("Emulation.setCPUThrottlingRate", {"rate": given.throttle})
            session.send("Performance.enable", {"timeDomain": "threadTicks"})
            found = {
                "throttle": given.throttle,
                "list": listed(page, session, server.base_url),
                "chat": opened(page, session, server.base_url, long, given.messages),
            }
        browser.close()
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
