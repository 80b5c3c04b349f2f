"""What a hostile model, or a hostile export, would write: nothing of it may run or ask for anything."""

from playwright.sync_api import BrowserContext, Page

RUN = "window.__ran=1"
OUT = "http://out.invalid/x"
CORPUS = {
    "tags": f'<script>{RUN}</script><img src=x onerror="{RUN}"><svg onload="{RUN}"><iframe src="{OUT}">',
    "links": f"[a](javascript:{RUN}) [b](data:text/html,<b>x</b>) <a href='javascript:{RUN}'>c</a>",
    "images": f"![a]({OUT}.png) <img src='{OUT}'> ![b](javascript:{RUN})",
    "style": f"<style>@import url('{OUT}');body{{display:none}}</style><link rel=stylesheet href='{OUT}'>",
    "formula": rf"$\href{{javascript:{RUN}}}{{x}}$ $\includegraphics{{{OUT}}}$ $\htmlData{{onload={RUN}}}{{y}}$",  # noqa: E501
    "attributes of a formula": rf"""$$\htmlData{{x" onload="{RUN}}}{{y}}$$
$\htmlStyle{{background:url({OUT})}}{{z}}$ $\htmlClass{{x" onmouseover="{RUN}}}{{z}}$
$\url{{javascript:{RUN}}}$ $\def\a{{\a\a}}\a$""",
    "sequence with a formula": f"""```mermaid
sequenceDiagram
participant A as Alice<img src="x" onerror="{RUN}">$$\\text{{Alice}}$$
A->>John: Hello $$\\alpha<img src=x onerror={RUN}>$$
```""",
    "diagram that asks for more": f"""```mermaid
%%{{init: {{"securityLevel": "loose", "htmlLabels": true, "themeCSS": "@import url('{OUT}')"}}}}%%
architecture-beta
group api(cloud)["<img src=x onerror={RUN}>"]
service db(<img/src/onerror={RUN}>)[Database] in api
```
```mermaid
---
config:
  securityLevel: loose
---
flowchart LR
A["<iframe srcdoc='<script>{RUN}</script>'>"] --> B
click A call alert("x")
style A fill:url({OUT})
```""",
    "picture as code": f"""```svg
<svg xmlns="http://www.w3.org/2000/svg" onload="{RUN}"><image href="{OUT}"/></svg>
```
<svg><a xlink:href="javascript:{RUN}"><text>x</text></a><foreignObject><script>{RUN}</script></svg>""",
    "mutation": f"<math><mtext><table><mglyph><style><!--</style><img title='--><img src=x onerror={RUN}>'>",
    "diagram": f"""```mermaid
flowchart LR
A["<img src=x onerror='{RUN}'>"]-->B
click A href "javascript:{RUN}"
```""",
    "code": f"```html\n<script>{RUN}</script>\n```\n`<img src=x onerror={RUN}>`",
    "form": f"<form action='{OUT}'><input autofocus onfocus='{RUN}'><button formaction='{OUT}'>x",
    "base": f"<base href='{OUT}'><meta http-equiv=refresh content='0;url={OUT}'><object data='{OUT}'>",
}


# what could swallow what follows it stands last
MESSAGES = {
    "markup": ("tags", "links", "images", "code", "form", "base", "picture as code", "style"),
    "formulas": ("formula", "attributes of a formula", "mutation"),
    "diagrams": ("diagram", "sequence with a formula", "diagram that asks for more"),
}
assert {name for names in MESSAGES.values() for name in names} == set(CORPUS)


# what the page's policy had to stop was in the page already, and dialogs come from scripts
_WATCH = """
window.__stopped = []
addEventListener('securitypolicyviolation', event => {
    window.__stopped.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`)
})
for (const name of ['alert', 'confirm', 'prompt']) window[name] = () => { window.__ran = name }
"""
_ACTIVE = "iframe, object, embed, base, form[action], article form, article script, [srcdoc]"
_HANDLERS = "[onerror], [onload], [onfocus], [onmouseover], [onclick], [onbegin]"
_UNSAFE = "a[href^='javascript:' i], a[href^='data:' i], img[src^='http'], img[src='x'], [formaction]"


def watch(context: BrowserContext) -> None:
    """Keep what runs, or is stopped from running, on all pages of `context` that are opened from now on."""
    context.add_init_script(_WATCH)


def unharmed(page: Page, what: str = "") -> None:
    """See that nothing ran on a page, and that nothing is in it which could."""
    page.wait_for_timeout(300)  # what would run or load, would by now
    assert page.evaluate("[window.__ran, ...window.__stopped]") == [None], what
    for selector in (_ACTIVE, _HANDLERS, _UNSAFE):
        assert page.locator(selector).count() == 0, (what, selector)
