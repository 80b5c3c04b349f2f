"""Draws the page's icons from the star mark: run it after the mark has changed, and commit what it writes.

`any` icons have the star on a rounded ground; `maskable` ones fill the square, with the star inside the
circle that every platform leaves (https://www.w3.org/TR/appmanifest/#icon-masks).
"""

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

PUBLIC = Path(__file__).parents[1] / "frontend" / "public"
STAR = (
    "M12 1L13.19 9.14L17.6 6.4L14.86 10.81L23 12L14.86 13.19L17.6 17.6L13.19 14.86L12 23L10.81 14.86"
    "L6.4 17.6L9.14 13.19L1 12L9.14 10.81L6.4 6.4L10.81 9.14Z"
)
GROUND, INK = "#12294d", "#e8f1ff"
ICONS = {  # name: pixels, share of the width that the star takes, radius of the corners
    "icon-192.png": (192, 0.66, 0.22),
    "icon-512.png": (512, 0.66, 0.22),
    "icon-maskable-512.png": (512, 0.52, 0.0),
    "apple-touch-icon.png": (180, 0.62, 0.0),
}


def drawing(share: float, radius: float) -> str:
    """Return an icon as SVG."""
    scale = 24 * share / 22
    at = 12 - 12 * scale
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="100%" height="100%">'
        f'<rect width="24" height="24" rx="{24 * radius}" fill="{GROUND}"/>'
        f'<path transform="translate({at} {at}) scale({scale})" fill="{INK}" d="{STAR}"/></svg>'
    )


def main() -> None:
    """Write all icons."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, (size, share, radius) in ICONS.items():
            page = browser.new_page(viewport={"width": size, "height": size})
            page.set_content(f"<style>*{{margin:0;display:block}}</style>{drawing(share, radius)}")
            page.screenshot(path=PUBLIC / name, omit_background=True)
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
