#!/usr/bin/env python3
"""Weight and speed of the first page in headless Chromium, one JSON line a load, then the medians.

  page.py http://127.0.0.1:8080/ [--runs 3] [--cpu 4]

Each run is cold (a fresh profile), then warm (the same profile, its cache kept). `wire` counts bytes as
they were transferred, headers included; `fcp` is the first contentful paint and `ready` the moment at
which the composer could be written into, both in ms from the navigation's start; `blocked` sums what
tasks took over 50 ms each. --cpu N slows the processor N-fold. Only loopback addresses are let through.
"""

import argparse
import json
import shutil
import statistics
from typing import Any

from playwright.sync_api import BrowserContext, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
WATCH = """
window.__long = [];
new PerformanceObserver(list => list.getEntries().forEach(one => __long.push(one.duration)))
  .observe({type: 'longtask', buffered: true});
const look = () => {
  const box = document.querySelector('textarea');
  if (box && !box.disabled && box.offsetParent) window.__ready = performance.now();
  else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


def load(context: BrowserContext, url: str, label: str, cpu: float) -> dict[str, Any]:
    """Open the page once and measure."""
    page = context.new_page()
    page.add_init_script(WATCH)
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    if cpu > 1:
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": cpu})
    found = {"label": label, "requests": 0, "from_cache": 0, "wire": 0}

    def sent(event: dict[str, Any]) -> None:
        if not event["request"]["url"].startswith("data:"):
            found["requests"] += 1

    def cached(event: dict[str, Any]) -> None:
        found["from_cache"] += 1

    def finished(event: dict[str, Any]) -> None:
        found["wire"] += int(event["encodedDataLength"])

    devtools.on("Network.requestWillBeSent", sent)
    devtools.on("Network.requestServedFromCache", cached)
    devtools.on("Network.loadingFinished", finished)
    page.goto(url, wait_until="load")
    page.locator("textarea").first.wait_for(state="visible", timeout=30_000)
    page.wait_for_timeout(1500)
    found |= page.evaluate(
        """() => ({
          fcp: Math.round(performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0),
          ready: Math.round(window.__ready),
          blocked: Math.round(__long.reduce((sum, one) => sum + one - 50, 0)),
        })"""
    )
    page.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("url")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--cpu", type=float, default=1)
    args = parser.parse_args()
    loads: list[dict[str, Any]] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for _ in range(args.runs):
            context = browser.new_context(viewport={"width": 1400, "height": 900})
            loads += [load(context, args.url, label, args.cpu) for label in ("cold", "warm")]
            context.close()
        browser.close()
    for one in loads:
        print(json.dumps(one))
    for label in ("cold", "warm"):
        these = [one for one in loads if one["label"] == label]
        print(
            json.dumps(
                {"median": label}
                | {k: statistics.median(o[k] for o in these) for k in these[0] if k != "label"}
            )
        )


if __name__ == "__main__":
    main()
