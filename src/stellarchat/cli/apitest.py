"""`stellarchat api-test`: calls every control route of a running server and tells what each answers.

The list of routes is the server's own (`/openapi.json`): one that nobody calls here is told as a failure.
What it starts, adds or stores it takes away again; what ran before goes on running, undisturbed.
"""

import secrets
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import typer

from stellarchat.cli import common
from stellarchat.cli.client import Answer, Client

PREFIX = "/api/v1"
NOBODY = "api-test-nobody"
_RUNNING = "/models/running/{run_id}"
_SHAPE = {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}
_SHOWN = 100  # characters of an answer


class Called(NamedTuple):
    """One call: `path` is the route's, `said` a short form of the answer, `problem` what is wrong with it."""

    method: str
    path: str
    code: int
    said: str
    problem: str | None


def api_test(
    port: Annotated[int | None, typer.Option(help="Port of the server on this machine.")] = None,
    model: Annotated[str, typer.Option(help="Chat model to try it with.")] = "stellar-demo",
    url: common.Url = None,
    as_json: common.AsJson = False,
) -> None:
    """Call every control route of a running server; exit code 1 if one answers unexpectedly."""
    if port is not None and url is not None:
        common.fail("Give either --port or --url.", common.WRONG_USE)
    client = Client(f"http://127.0.0.1:{port}" if port is not None else url)

    def tell(called: Called) -> None:
        if not as_json:
            mark = "ok  " if called.problem is None else "FAIL"
            print(
                f"{mark} {called.code or '—':>3}  {called.method:<6} {called.path}  {called.said}", flush=True
            )
            if called.problem:
                print(f"     {called.problem}", flush=True)

    calls = _Calls(client, tell)
    try:
        _walk(calls, model)
    finally:
        calls.tidy()
    calls.missed()
    bad = [called for called in calls.made if called.problem]
    if as_json:
        common.show({"calls": [called._asdict() for called in calls.made], "failed": len(bad)})
    else:
        print(f"{len(calls.made)} calls, {len(bad)} unexpected answers.")
    if bad:
        raise typer.Exit(common.FAILED)


class _Calls:
    """Makes calls and keeps what came of them, and what is to be undone."""

    def __init__(self, client: Client, tell: Callable[[Called], None]) -> None:
        self._client, self._tell = client, tell
        self.made: list[Called] = []
        self.undo: list[tuple[str, str, str]] = []  # method, route, and the id in it

    def routes(self) -> set[tuple[str, str]]:
        """Return the control routes that the server has."""
        paths = self._client.get("/openapi.json")["paths"]
        return {
            (method.upper(), path.removeprefix(PREFIX))
            for path, methods in paths.items()
            if path.startswith(f"{PREFIX}/")
            for method in methods
        }

    def __call__(
        self,
        method: str,
        route: str,
        body: dict[str, Any] | None = None,
        *,
        key: str = "",
        query: str = "",
        want: tuple[int, ...] = (200,),
        check: Callable[[Any], bool] = lambda data: True,
    ) -> Any:
        """Call a route with `key` in place of its parameter; return the answer's `data`, None of an error."""
        answer = self._client.answer(method, PREFIX + _filled(route, key) + query, body)
        data = answer.data.get("data") if isinstance(answer.data, dict) else None
        problem = _problem(answer, want)
        if problem is None and answer.status == 200 and not check(data):
            problem = "That is not what was to be expected."
        self._note(method, route, answer.status, _short(answer.data), problem)
        return data if answer.status == 200 else None

    def stream(
        self,
        method: str,
        route: str,
        body: dict[str, Any] | None = None,
        *,
        key: str = "",
        query: str = "",
        most: int | None = None,
        last: Callable[[dict[str, Any]], bool] = lambda event: True,
    ) -> list[dict[str, Any]]:
        """Read server-sent events, `most` at most; the last of them is judged."""
        events: list[dict[str, Any]] = []
        stream = self._client.events(method, PREFIX + _filled(route, key) + query, body)
        try:
            for event in stream:
                events.append(event)
                if len(events) == most:
                    break
        except typer.Exit:
            self._note(method, route, 0, "", "The stream was refused or cut; see above.")
            return []
        finally:
            stream.close()
        problem = None if events and last(events[-1]) else "The stream did not end as it should."
        self._note(method, route, 200, f"{len(events)} events, the last: {_short(events[-1:])}", problem)
        return events

    def tidy(self) -> None:
        """Take away what was added and stop what was started."""
        while self.undo:
            method, route, key = self.undo.pop()
            self(method, route, key=key)

    def missed(self) -> None:
        """Tell of routes that were not called."""
        called = {(one.method, one.path) for one in self.made}
        for method, route in sorted(self.routes() - called, key=lambda pair: pair[::-1]):
            self._note(method, route, 0, "", "Nothing here calls this route.")

    def _note(self, method: str, route: str, code: int, said: str, problem: str | None) -> None:
        called = Called(method, route, code, said, problem)
        self.made.append(called)
        self._tell(called)


def _walk(call: _Calls, model: str) -> None:
    before = call("GET", "/models/running", check=lambda data: isinstance(data, list)) or []
    call("GET", "/engines", check=lambda data: any(one["usable"] for one in data))
    call("GET", "/models", check=lambda data: bool(data))
    call("GET", "/models/options", query=f"?model_id={model}", check=lambda data: bool(data["fields"]))
    call("POST", "/models/fit", {"model_id": model}, check=lambda data: data["fit"]["needed_bytes"] > 0)
    ran = next((one for one in before if model in (one["model"], one["variant"])), None)
    run_id = ran["run_id"] if ran is not None else _start(call, model)
    if run_id is not None:
        if ran is not None:
            call.stream("POST", "/models/start-stream", {"model_id": model}, last=_ready)
        call("POST", "/models/start", {"model_id": model}, check=lambda data: data["run_id"] == run_id)
        _running(call, run_id, mine=ran is None)
        _inference(call, run_id, model)
    _refused(call)
    _catalogue(call)
    _endpoints(call)


def _start(call: _Calls, model: str) -> str | None:
    events = call.stream("POST", "/models/start-stream", {"model_id": model}, last=_ready)
    if not events or not _ready(events[-1]):
        return None
    run_id: str = events[-1]["instance"]["run_id"]
    call.undo.append(("POST", f"{_RUNNING}/stop", run_id))
    return run_id


def _running(call: _Calls, run_id: str, *, mine: bool) -> None:
    found = call("GET", _RUNNING, key=run_id, check=lambda data: data["state"] == "ready")
    call("GET", f"{_RUNNING}/logs", key=run_id, query="?tail=5", check=lambda data: bool(data["lines"]))
    call.stream("GET", f"{_RUNNING}/logs", key=run_id, query="?tail=5&follow=true", most=1)
    call("GET", f"{_RUNNING}/history", key=run_id, check=lambda data: data["run_id"] == run_id)
    call("GET", f"{_RUNNING}/verification", key=run_id)
    if found:
        call("PATCH", _RUNNING, {"pinned": found["pinned"]}, key=run_id)
    if mine:
        call("POST", f"{_RUNNING}/restart", key=run_id, check=lambda data: data["run_id"] == run_id)
        model = (found or {}).get("variant", run_id)
        call.stream("POST", "/models/start-stream", {"model_id": model}, last=_ready)


def _inference(call: _Calls, run_id: str, model: str) -> None:
    few = {"max_tokens": 12, "temperature": 0}
    said = {"messages": [{"role": "user", "content": "Hello"}]}
    structured = {"prompt": "Hello", "schema": _SHAPE, "max_tokens": 64, "temperature": 0}
    asked = {"run_id": run_id}
    call("POST", "/llm/generate", {**asked, "prompt": "Hello", **few}, check=_wrote)
    call("POST", "/llm/chat", {"model_name": model, **said, **few}, check=_wrote)
    call(
        "POST",
        "/llm/structured-generate",
        {**asked, **structured},
        check=lambda data: isinstance(data["object"].get("ok"), bool),
    )
    for route, body in (
        ("/llm/generate", {"prompt": "Hello", **few}),
        ("/llm/chat", {**said, **few}),
        ("/llm/structured-generate", structured),
    ):
        call.stream("POST", route, {**asked, **body, "stream": True}, last=_done)
    # a chat model makes no vectors and ranks nothing: it is to be refused, not to fail
    call("POST", "/embeddings", {**asked, "input": "Hello"}, want=(400,))
    call("POST", "/rerank", {**asked, "query": "Hello", "documents": ["a", "b"]}, want=(400,))


def _refused(call: _Calls) -> None:
    """What is not there is 404, on every route that names something."""
    call("GET", "/downloads", check=lambda data: isinstance(data, list))
    call("POST", "/downloads", {"model_id": NOBODY}, want=(404,))
    for method, route in (
        ("GET", "/downloads/{download_id}"),
        ("POST", "/downloads/{download_id}/pause"),
        ("POST", "/downloads/{download_id}/resume"),
        ("DELETE", "/downloads/{download_id}"),
        ("GET", _RUNNING),
        ("POST", f"{_RUNNING}/stop"),
        ("POST", f"{_RUNNING}/restart"),
        ("GET", f"{_RUNNING}/history"),
        ("GET", f"{_RUNNING}/verification"),
        ("GET", f"{_RUNNING}/logs"),
        ("DELETE", "/models/{model_id}"),
        ("DELETE", "/models/{variant_id}/weights"),
    ):
        call(method, route, key=NOBODY, want=(404,))
    call("PATCH", _RUNNING, {"pinned": False}, key=NOBODY, want=(404,))


def _catalogue(call: _Calls) -> None:
    call("POST", "/models/inspect", {"path": f"/{NOBODY}.gguf"}, want=(400, 404))
    name = f"api-test-{secrets.token_hex(4)}"
    file = {
        "id": name,
        "quantization": "q8_0",
        "hf_repo": f"{NOBODY}/x",
        "hf_file": "x.gguf",
        "size_bytes": 1,
    }
    body = {
        "id": name,
        "name": name,
        "kind": "chat",
        "context_length": 2048,
        "sizes": [{"size": "1b", "files": [file]}],
    }
    if call("POST", "/models", body, check=lambda data: data["own"]):
        call.undo.append(("DELETE", "/models/{model_id}", name))
        call("POST", "/models", body, want=(409,))


def _endpoints(call: _Calls) -> None:
    call("GET", "/endpoints", check=lambda data: isinstance(data, list))
    body = {
        "name": f"api-test-{secrets.token_hex(4)}",
        "base_url": "https://api-test.invalid/v1",
        "enabled": False,
    }
    added = call("POST", "/endpoints", body, check=lambda data: not data["has_key"])
    if added:
        route = "/endpoints/{endpoint_id}"
        call.undo.append(("DELETE", route, added["id"]))
        call("PATCH", route, {"models": ["x"]}, key=added["id"], check=lambda data: data["models"] == ["x"])
        call("POST", "/endpoints", body, want=(409,))
    call("POST", "/endpoints/test", {"base_url": "http://169.254.169.254/v1"}, want=(400,))


def _problem(answer: Answer, want: tuple[int, ...]) -> str | None:
    if answer.status not in want:
        return f"Expected was {' or '.join(map(str, want))}."
    if not isinstance(answer.data, dict) or answer.data.get("code") != answer.status:
        return "The answer is not in its envelope."
    if not answer.data.get("request_id"):
        return "The answer has no request_id."
    if answer.status >= 400 and not (answer.data.get("error") or {}).get("message"):
        return "The error says nothing."
    return None


def _filled(route: str, key: str) -> str:
    head, brace, rest = route.partition("{")
    return head + key + rest.partition("}")[2] if brace else route


def _short(data: Any) -> str:
    """Return a little of an answer."""
    if isinstance(data, dict) and "error" in data and data["error"]:
        text = f"{data['error'].get('code')}: {data['error'].get('message')}"
    else:
        text = str(data.get("data") if isinstance(data, dict) and "data" in data else data)
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _done(event: dict[str, Any]) -> bool:
    return event.get("done") is True


def _ready(event: dict[str, Any]) -> bool:
    return event.get("step") == "ready"


def _wrote(data: dict[str, Any]) -> bool:
    return bool(data["text"] or data["thinking"]) and data["usage"]["completion_tokens"] > 0
