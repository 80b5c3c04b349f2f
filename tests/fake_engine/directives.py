"""What one request asks the fake engine to do, written into the last user message.

Which tools it calls, round by round, is told apart from these: see `script.py`.
`hello [[fake tokens=50 delay=20 first=100]]`; everything is optional, unknown names are an error.
"""

import dataclasses
import re

_DIRECTIVE = re.compile(r"\[\[fake ([^\]]*)\]\]")


@dataclasses.dataclass(frozen=True)
class Directives:
    """Times are milliseconds, `…_after` counts answer tokens, -1 means never.

    `first`: wait before the first token. `delay`: between two tokens. `think`: so many reasoning
    tokens first. `tool`: so many tool calls instead of text. `echo`: answer with the user's own words.
    `unicode`: tokens outside ASCII. `hold`: after so many tokens, nothing more comes until `Fake.go_on()`.

    Misbehaviour: `die_after` kills the process, `reset` resets the connection, `close_after` ends it in
    an orderly way but too early, `stall_after` sends nothing more and keeps the connection open,
    `garbage` puts a line into the stream that is no JSON, `error_after` an error event; `no_done`
    leaves `[DONE]` out, `crlf` ends lines with CR LF, `split` sends every byte in a packet of its own,
    `bigline` puts in one token of so many bytes. `status` refuses with that HTTP status and
    `retry_after` seconds.
    """

    tokens: int = -1
    delay: float = -1
    first: float = 0
    think: int = 0
    tool: int = 0
    echo: int = 0
    unicode: int = 0
    hold: int = -1
    die_after: int = -1
    reset: int = -1
    close_after: int = -1
    stall_after: int = -1
    error_after: int = -1
    garbage: int = 0
    no_done: int = 0
    crlf: int = 0
    split: int = 0
    bigline: int = 0
    status: int = 0
    retry_after: int = -1


_FIELDS = {field.name: field.type for field in dataclasses.fields(Directives)}


def parse(text: str) -> Directives:
    """Return the directives in `text`, later ones winning. Raises ValueError for an unknown name."""
    found: dict[str, float] = {}
    for match in _DIRECTIVE.finditer(text):
        for word in match[1].split():
            name, _, value = word.partition("=")
            if name not in _FIELDS:
                raise ValueError(f"unknown directive {name!r}")
            found[name] = float(value) if _FIELDS[name] is float else int(value or 1)
    return Directives(**found)  # type: ignore[arg-type]


def strip(text: str) -> str:
    """Return `text` without its directives."""
    return _DIRECTIVE.sub("", text).strip()
