"""The pages of docs/ name what there is: every route, every command, and nothing else."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from stellarchat.cli import app

DOCS = Path(__file__).parents[1] / "docs"
DOCUMENT = json.loads((DOCS.parent / "frontend/openapi.json").read_text(encoding="utf-8"))
PAGES = ("api.md", "tools.md")
# `/models` in the part on control is short for `/api/v1/models`, in the one on OpenAI for `/v1/models`
BASES = ("", "/api/v1", "/v1")
# OpenAI's path, which clients of other programs know
SAME = {("POST", "/api/chat/completions")}
_CODE = re.compile(r"`([^`]+)`")
_ROUTE = re.compile(r"((?:GET|POST|PUT|PATCH|DELETE)(?:/(?:GET|POST|PUT|PATCH|DELETE))*) ([/…][\w/{}…|.-]*)")


def plain(path: str) -> str:
    """Return a path as it is compared: names of ids differ."""
    return re.sub(r"\{[^}]*\}", "{}", path).rstrip("/")


ROUTES = {(method.upper(), plain(path)) for path, found in DOCUMENT["paths"].items() for method in found}


def said() -> Iterator[tuple[str, set[tuple[str, str]]]]:
    """Yield what the pages name, and which routes it can mean."""
    for page in PAGES:
        near = "/"  # how the route before this one begins
        for line in (DOCS / page).read_text(encoding="utf-8").splitlines():
            methods = ""
            for code in _CODE.findall(line):
                named = _ROUTE.findall(code)
                for methods, path in named:
                    head, _, last = path.rpartition("/")
                    for end in last.split("|"):
                        for method in methods.split("/"):
                            found = meant(method, plain(f"{head}/{end}"), near)
                            yield f"{page}: {method} {path}", found
                            near = next((beginning(route) for _, route in found), near)
                if not named and methods and re.fullmatch(r"/[\w/-]+(\?\S*)?", code):
                    # "`POST /api/auth/login`, `/logout`": the same with another end, or a path that is whole
                    path, method = code.partition("?")[0], methods.split("/")[0]
                    if found := meant(method, f"…{path}", near) or meant(method, path, near):
                        yield f"{page}: {method} {path}", found


def beginning(path: str) -> str:
    """Return what routes of one part have in common."""
    return "/".join(path.split("/")[:3])


def meant(method: str, path: str, near: str) -> set[tuple[str, str]]:
    """Return the routes that a path can mean: one that begins with `…` those nearby that end so."""
    if path.startswith("…"):
        nearby = (route for route in ROUTES if route[0] == method and route[1].startswith(near))
        return {route for route in nearby if route[1].endswith(path[1:])}
    return ROUTES & {(method, f"{base}{path}") for base in BASES}


def test_every_route_that_is_documented_is_there() -> None:
    assert [words for words, routes in said() if not routes] == []


def test_every_route_is_documented() -> None:
    known = {route for _, routes in said() for route in routes} | SAME
    assert sorted(ROUTES - known) == []


def commands() -> Iterator[str]:
    """Yield what can be said after `stellarchat`."""
    group: Any = typer.main.get_command(app)
    for name, command in group.commands.items():
        if below := getattr(command, "commands", None):
            yield from (f"{name} {one}" for one in below)
        else:
            yield name


@pytest.mark.parametrize("command", list(commands()))
def test_every_command_is_documented(command: str) -> None:
    words = (DOCS / "cli.md").read_text(encoding="utf-8")
    group, _, name = command.partition(" ")
    # "suspend bob   # resume; role bob admin; rm bob"
    below = rf"[^\n]*\b{name}\b" if name else ""
    assert re.search(rf"stellarchat {group}\b{below}", words), command


def test_every_documented_command_is_there() -> None:
    known = set(commands())
    groups = {one.partition(" ")[0] for one in known}
    text = (DOCS / "cli.md").read_text(encoding="utf-8")
    for group, name in re.findall(r"stellarchat ([a-z-]+) ?([a-z-]*)", text):
        assert group in groups, group
        assert group in known or f"{group} {name}" in known, f"{group} {name}"
