"""The OpenAPI document as a page to read: plain HTML without a script, so that the page's policy holds."""

from collections.abc import Sequence
from html import escape
from typing import Any

from fastapi.requests import Request
from fastapi.responses import HTMLResponse

from stellarchat.api.routes import Routes

router = Routes(tags=["system"])

_STYLE = """
:root { color-scheme: light dark }
body { font: 15px/1.6 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1.5rem }
h2 { margin-top: 2.5rem } summary { cursor: pointer; padding: .3rem 0 }
code, .method { font-family: ui-monospace, monospace; font-size: .92em }
.method { display: inline-block; width: 4.5rem; font-weight: 600 }
details { border-bottom: 1px solid color-mix(in srgb, currentColor 15%, transparent) }
details > div { padding: 0 0 1rem 4.8rem } table { border-collapse: collapse; width: 100% }
td { vertical-align: top; padding: .2rem .8rem .2rem 0 } nav a { margin-right: 1rem }
"""


@router.get("/docs/api", response_class=HTMLResponse, include_in_schema=False)
async def page(request: Request) -> HTMLResponse:
    """The API's description."""
    return HTMLResponse(render(request.app.openapi()))


def render(document: dict[str, Any]) -> str:
    """Return an OpenAPI 3.1 document as a page."""
    title = f"{document['info']['title']} API {document['info']['version']}"
    groups: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            tag = (operation.get("tags") or ["other"])[0]
            groups.setdefault(tag, []).append(_operation(method, path, operation))
    schemas = document.get("components", {}).get("schemas", {})
    links = "".join(f'<a href="#{escape(tag)}">{escape(tag)}</a>' for tag in [*groups, "schemas"])
    parts = [f'<h2 id="{escape(tag)}">{escape(tag)}</h2>{"".join(found)}' for tag, found in groups.items()]
    parts.append('<h2 id="schemas">schemas</h2>')
    parts += [_schema(name, schema) for name, schema in sorted(schemas.items())]
    about = escape(document["info"].get("description", ""))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style><h1>{escape(title)}</h1>"
        f'<p>{about} The same for programs: <a href="/openapi.json">openapi.json</a>.</p>'
        f"<nav>{links}</nav>{''.join(parts)}"
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    rows = [
        (_code(parameter["name"]), escape(parameter["in"]), _type(parameter.get("schema", {})), "")
        for parameter in operation.get("parameters", [])
    ]
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        rows.append(("body", escape(kind), _type(content.get("schema", {})), ""))
    for status, answer in operation.get("responses", {}).items():
        kinds = answer.get("content") or {"": {}}
        rows += [
            (f"answer {escape(status)}", escape(kind), _type(content.get("schema", {})), "")
            for kind, content in kinds.items()
        ]
    about = operation.get("description") or operation.get("summary", "")
    return (
        f'<details><summary><span class="method">{method.upper()}</span> {_code(path)}</summary>'
        f"<div><p>{escape(about)}</p>{_table(rows)}</div></details>"
    )


def _schema(name: str, schema: dict[str, Any]) -> str:
    required = schema.get("required", [])
    rows = [
        (
            _code(field),
            "required" if field in required else "",
            _type(kind),
            escape(kind.get("description", "")),
        )
        for field, kind in schema.get("properties", {}).items()
    ]
    body = _table(rows) if rows else f"<p>{_type(schema)}</p>"
    about = escape(schema.get("description", ""))
    return (
        f'<details id="schema-{escape(name)}"><summary>{_code(name)}</summary>'
        f"<div><p>{about}</p>{body}</div></details>"
    )


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    return (
        "<table>"
        + "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
        + "</table>"
    )


def _type(schema: Any) -> str:
    """Say in a few words what a schema allows."""
    if not isinstance(schema, dict) or not schema:
        return "anything"
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#schema-{name}">{name}</a>'
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return " or ".join(dict.fromkeys(_type(one) for one in schema[choice]))
    if "allOf" in schema:
        return " and ".join(_type(one) for one in schema["allOf"])
    if "enum" in schema:
        return ", ".join(_code(str(value)) for value in schema["enum"])
    if "const" in schema:
        return _code(str(schema["const"]))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items'))}"
    return escape(str(schema.get("type", "anything")))


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"
