"""`python -m tests.tool_server.earlier`: a server of the protocol's version 2025-11-25, without any library.

It asks the person in the middle of a call by a request of its own, as servers did before 2026-07-28, or
refuses a call until the person has opened an address.
"""

import json
import sys
from typing import Any

SCHEMA = {
    "type": "object",
    "properties": {
        "colour": {
            "type": "string",
            "oneOf": [{"const": "r", "title": "Red"}, {"const": "b", "title": "Blue"}],
        },
        "days": {"type": "array", "minItems": 1, "items": {"type": "string", "enum": ["Mo", "Tu", "We"]}},
    },
    "required": ["colour"],
}
QUESTIONS: dict[str, dict[str, Any]] = {
    "paints": {"mode": "form", "message": "Which colour?", "requestedSchema": SCHEMA},
    "nests": {
        "mode": "form",
        "message": "Something deep?",
        "requestedSchema": {"type": "object", "properties": {"a": {"type": "object", "properties": {}}}},
    },
    "visits": {
        "mode": "url",
        "message": "Confirm it on our page.",
        "url": "https://bank.example:8443/confirm?id=1",
        "elicitationId": "visit-1",
    },
}
PLACES = {
    # by the tool: where the person has to have been, and how often the call is refused until it is believed
    "guarded": (["https://bank.example/agree", "https://bank.example/pay"], 2),
    "barred": (["https://bank.example/never"], 1000),
    "misled": (["https://bank.example@evil.example/"], 1),
    "nowhere": ([], 1),
}
refused = dict.fromkeys(PLACES, 0)


def refusal(name: str) -> dict[str, Any] | None:
    """Return why a tool is not run yet: URLElicitationRequiredError."""
    places, times = PLACES.get(name, ([], 0))
    if refused.get(name, 0) == times:
        return None
    refused[name] += 1
    asks = [
        {"mode": "url", "message": "Agree first.", "url": url, "elicitationId": f"{name}-{url}"}
        for url in places
    ]
    return {"code": -32042, "message": "This needs your consent.", "data": {"elicitations": asks}}


def say(**message: Any) -> None:
    """Write one message."""
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def asked(params: dict[str, Any]) -> dict[str, Any]:
    """Ask the person, and return what came back."""
    say(id="q", method="elicitation/create", params=params)
    for line in sys.stdin:
        message = json.loads(line)
        if message.get("id") == "q":
            return dict(message.get("result") or message["error"])
    raise SystemExit


def main() -> None:
    """Serve until the input ends."""
    for line in sys.stdin:
        message = json.loads(line)
        match message.get("method"):
            case "initialize":
                result: dict[str, Any] = {
                    "protocolVersion": "2025-11-25",
                    "capabilities": {"tools": {}},
                    "serverInfo": {"name": "Earlier", "version": "1"},
                }
            case "tools/list":
                schema = {"type": "object", "properties": {}}
                result = {"tools": [{"name": name, "inputSchema": schema} for name in [*QUESTIONS, *PLACES]]}
            case "tools/call":
                name = message["params"]["name"]
                if error := refusal(name):
                    say(id=message["id"], error=error)
                    continue
                found = {"let in": name} if name in PLACES else asked(QUESTIONS[name])
                result = {"content": [{"type": "text", "text": json.dumps(found, sort_keys=True)}]}
            case _:
                if "id" in message:
                    error = {"code": -32601, "message": "Method not found"}
                    say(id=message["id"], error=error)
                continue
        say(id=message["id"], result=result)


if __name__ == "__main__":
    main()
