"""Requests that ask for too much: each at its limit + 1, while others are served as before.

Covers vLLM CVE-2025-48887, 2025-48942, 2025-48943, 2026-34756, LiteLLM CVE-2024-8984, LibreChat
CVE-2026-31949, Starlette CVE-2025-62727, aiohttp CVE-2025-69223.
"""

import gzip
import threading
from typing import Any

import httpx
import psutil
import pytest

from stellarchat.api.limits import Limits
from tests.security.conftest import BODY_BYTES, HEADER_BYTES, raw
from tests.server import Server

LIMITS = Limits()
HI: Any = [{"role": "user", "content": "hi"}]
SPARE_BYTES = 50 * 1024 * 1024


def nested(depth: int) -> dict[str, Any]:
    """Return a schema of so many levels."""
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(depth // 2):
        schema = {"properties": {"a": schema}}
    return schema


def formatted(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a demand that the answer follows a schema."""
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "s", "schema": schema}}}


def tool(schema: dict[str, Any]) -> dict[str, Any]:
    """Return one tool with these parameters."""
    return {"type": "function", "function": {"name": "f", "parameters": schema}}


TOO_MUCH: list[tuple[str, dict[str, Any], str]] = [
    ("messages", {"messages": HI * (LIMITS.messages + 1)}, "messages"),
    (
        "parts",
        {
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": ""}] * (LIMITS.content_parts + 1)}
            ]
        },
        "messages[0].content",
    ),
    ("n", {"n": LIMITS.choices + 1}, "n"),
    ("max_tokens", {"max_tokens": LIMITS.max_tokens + 1}, "max_tokens"),
    ("max_completion_tokens", {"max_completion_tokens": LIMITS.max_tokens + 1}, "max_completion_tokens"),
    ("stop list", {"stop": ["a"] * (LIMITS.stop_sequences + 1)}, "stop"),
    ("stop length", {"stop": "a" * (LIMITS.stop_chars + 1)}, "stop"),
    ("tools", {"tools": [tool({})] * (LIMITS.tools + 1)}, "tools"),
    ("logit_bias", {"logit_bias": {str(token): 1 for token in range(LIMITS.logit_biases + 1)}}, "logit_bias"),
    ("schema depth", formatted(nested(LIMITS.schema_depth * 2)), "response_format.json_schema.schema"),
    (
        "schema size",
        formatted({"enum": ["a" * 1000] * (LIMITS.schema_bytes // 1000)}),
        "response_format.json_schema.schema",
    ),
    (
        "schema of a tool",
        {"tools": [tool(nested(LIMITS.schema_depth * 2))]},
        "tools[0].function.parameters",
    ),
    (
        "pattern",
        formatted({"pattern": "a" * (LIMITS.pattern_chars + 1)}),
        "response_format.json_schema.schema (pattern)",
    ),
    (
        "pattern as a key",
        formatted({"patternProperties": {"a" * (LIMITS.pattern_chars + 1): {}}}),
        "response_format.json_schema.schema (patternProperties)",
    ),
    (
        "repetitions in a pattern",
        formatted({"pattern": f"a{{1,{LIMITS.repetitions + 1}}}"}),
        "response_format.json_schema.schema (pattern)",
    ),
    (
        "repetitions in a schema",
        formatted({"minItems": LIMITS.repetitions + 1}),
        "response_format.json_schema.schema (minItems)",
    ),
    ("regex", {"regex": "a" * (LIMITS.pattern_chars + 1)}, "regex"),
    ("grammar", {"grammar": "a" * (LIMITS.grammar_chars + 1)}, "grammar"),
    ("grammar repetitions", {"grammar": f'root ::= "a"{{{LIMITS.repetitions + 1}}}'}, "grammar"),
    (
        "structured_outputs",
        {"structured_outputs": {"json": nested(LIMITS.schema_depth * 2)}},
        "structured_outputs",
    ),
]


@pytest.mark.parametrize(
    ("change", "param"),
    [(change, param) for _, change, param in TOO_MUCH],
    ids=[name for name, *_ in TOO_MUCH],
)
def test_one_more_than_allowed_is_refused(client: httpx.Client, change: dict[str, Any], param: str) -> None:
    answer = client.post("/v1/chat/completions", json={"model": "fake", "messages": HI, **change})
    assert answer.status_code == 413, answer.text
    assert answer.json()["error"]["param"] == param


DEEP = nested(LIMITS.schema_depth * 2)
DOORS: list[tuple[str, dict[str, Any], str]] = [
    ("/v1/messages", {"max_tokens": 5, "messages": HI * (LIMITS.messages + 1)}, "messages"),
    ("/v1/messages", {"max_tokens": 5, "messages": HI, "stop_sequences": ["a"] * 17}, "stop_sequences"),
    (
        "/v1/messages",
        {"max_tokens": 5, "messages": HI, "tools": [{"name": "f", "input_schema": DEEP}]},
        "tools[0].input_schema",
    ),
    ("/v1/messages/count_tokens", {"messages": HI * (LIMITS.messages + 1)}, "messages"),
    ("/v1/responses", {"input": HI * (LIMITS.messages + 1)}, "input"),
    (
        "/v1/responses",
        {"input": "x", "text": {"format": {"type": "json_schema", "name": "a", "schema": DEEP}}},
        "text.format.schema",
    ),
    ("/v1/completions", {"prompt": ["a"] * (LIMITS.choices + 1)}, "prompt"),
    ("/v1/embeddings", {"input": ["a"] * (LIMITS.embedding_inputs + 1)}, "input"),
    ("/v1/rerank", {"query": "a", "documents": ["a"] * (LIMITS.embedding_inputs + 1)}, "documents"),
    ("/api/v1/llm/chat", {"messages": HI * (LIMITS.messages + 1)}, "messages"),
    ("/api/v1/llm/chat", {"messages": HI, "tools": [tool(DEEP)]}, "tools[0]"),
    ("/api/v1/llm/generate", {"prompt": "a", "stop": ["a"] * (LIMITS.stop_sequences + 1)}, "stop"),
    ("/api/v1/llm/generate", {"prompt": "a", **formatted(DEEP)}, "response_format"),
    ("/api/v1/llm/structured-generate", {"prompt": "a", "schema": DEEP}, "schema"),
    ("/api/chat/completion", {"messages": HI * (LIMITS.messages + 1)}, "messages"),
    ("/api/chat/completion", {"messages": HI, **formatted(DEEP)}, "response_format"),
    (
        "/api/chat/completion",
        {"messages": HI, **formatted({"pattern": f"a{{{LIMITS.repetitions + 1}}}"})},
        "response_format (pattern)",
    ),
    ("/api/chats/", {"title": "a" * 201}, "title"),
    ("/api/chats/", {"system_prompt": "a" * 200_001}, "system_prompt"),
]


@pytest.mark.parametrize(("path", "body", "param"), DOORS)
def test_every_door_has_the_limits(client: httpx.Client, path: str, body: dict[str, Any], param: str) -> None:
    name = {} if path == "/api/chats/" else {"model_name" if "/llm/" in path else "model": "fake"}
    answer = client.post(path, json={**name, **body})
    assert answer.status_code == 413, answer.text
    assert answer.json()["error"]["param"] == param


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "zstd"])
@pytest.mark.parametrize("path", ["/api/chats/", "/v1/chat/completions"])
def test_a_compressed_body_is_not_unpacked(client: httpx.Client, path: str, encoding: str) -> None:
    """aiohttp CVE-2025-69223: a body of some kilobytes that becomes gigabytes."""
    body = gzip.compress(b'{"title": "' + bytes(20_000_000) + b'"}')
    headers = {"content-type": "application/json", "content-encoding": encoding}
    assert client.post(path, content=body, headers=headers).status_code == 400


def test_thousands_of_ranges_are_one_answer(client: httpx.Client) -> None:
    """Starlette CVE-2025-62727: ranges of a file that were merged in quadratic time."""
    for path in ("/", "/api/images"):
        ranges = ",".join(f"{at}-" for at in range(2000))
        answer = client.get(path, headers={"range": f"bytes={ranges}"})
        assert answer.status_code in (200, 400, 404, 416, 422)
        assert len(answer.content) < 10_000_000


def test_all_that_is_allowed_is_taken(client: httpx.Client) -> None:
    body = {
        "model": "fake",
        "messages": HI * 100,
        "n": LIMITS.choices,
        "max_tokens": LIMITS.max_tokens,
        "stop": ["a" * LIMITS.stop_chars] * LIMITS.stop_sequences,
        "tools": [tool({})] * LIMITS.tools,
        **formatted({**nested(LIMITS.schema_depth - 2), "maxItems": LIMITS.repetitions}),
    }
    assert client.post("/v1/chat/completions", json=body).status_code == 200


def deep(levels: int) -> dict[str, Any]:
    """Return a schema of exactly so many levels."""
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels - 1):
        schema = {"items": schema}
    return schema


def test_a_limit_is_the_last_that_is_taken(client: httpx.Client, server: Server) -> None:
    """Depth of a schema, length and repetitions of a pattern, body and head: at the limit, and one more."""
    schemas: list[tuple[dict[str, Any], dict[str, Any]]] = [
        (deep(LIMITS.schema_depth), deep(LIMITS.schema_depth + 1)),
        ({"pattern": "a" * LIMITS.pattern_chars}, {"pattern": "a" * (LIMITS.pattern_chars + 1)}),
        ({"pattern": f"a{{{LIMITS.repetitions}}}"}, {"pattern": f"a{{{LIMITS.repetitions + 1}}}"}),
    ]
    for within, over in schemas:
        for schema, status in ((within, 200), (over, 413)):
            body = {"model": "fake", "messages": HI, **formatted(schema)}
            assert client.post("/v1/chat/completions", json=body).status_code == status
    headers = {"content-type": "application/json"}
    start = b'{"model":"fake","messages":[{"role":"user","content":"hi"}]'
    for size, status in ((BODY_BYTES, 200), (BODY_BYTES + 1, 413)):
        body = start + b" " * (size - len(start) - 1) + b"}"
        assert client.post("/v1/chat/completions", content=body, headers=headers).status_code == status
    for size, status in ((HEADER_BYTES, b"200"), (HEADER_BYTES + 1, b"431")):
        path, host = "/api/version", server.base_url.removeprefix("http://")
        # a line is its name and value, `: ` and its end; of the first line the path counts
        spare = size - len(path) - len("Host: ") - len(host) - len("\r\nX-A: \r\n")
        head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nX-A: {'a' * spare}\r\n\r\n"
        assert raw(server, head.encode()).split()[1] == status, (size, status)


def test_a_declared_body_is_refused_before_it_is_sent(server: Server) -> None:
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: {server.base_url[7:]}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {BODY_BYTES + 1}\r\n\r\n"
    )
    assert raw(server, head.encode()).split()[1] == b"413"


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/embeddings", "/api/chats/", "/api/settings"])
def test_a_body_without_length_is_refused_at_the_limit(client: httpx.Client, path: str) -> None:
    sent = 0

    def body() -> Any:
        nonlocal sent
        for _ in range(64):
            sent += 1
            yield b" " * (BODY_BYTES // 16)

    headers = {"content-type": "application/json"}
    method = "PATCH" if path == "/api/settings" else "POST"
    answer = client.request(method, path, content=body(), headers=headers)
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "payload_too_large"


def test_a_wrong_content_length_is_refused(server: Server) -> None:
    for length in ("-1", "x", "1e9", "9" * 40):
        head = f"POST /api/chats/ HTTP/1.1\r\nHost: {server.base_url[7:]}\r\nContent-Length: {length}\r\n\r\n"
        assert raw(server, head.encode()).split()[1] in (b"400", b"413")


def test_headers_at_the_limit(client: httpx.Client) -> None:
    assert client.get("/api/version", headers={"x-a": "a" * (HEADER_BYTES // 2)}).status_code == 200
    assert client.get("/api/version", headers={"x-a": "a" * HEADER_BYTES}).status_code == 431
    many = {f"x-{number}": "a" for number in range(HEADER_BYTES // 8)}
    assert client.get("/api/version", headers=many).status_code == 431
    assert client.get("/api/version?" + "a" * HEADER_BYTES).status_code == 431


def test_a_header_without_end_is_cut_off(server: Server) -> None:
    head = f"GET /api/version HTTP/1.1\r\nHost: {server.base_url[7:]}\r\nX-A: "
    answer = raw(server, head.encode(), *([b"a" * 4096] * (HEADER_BYTES // 4096 + 8)))
    assert answer == b"" or answer.split()[1] == b"431"


def test_what_is_no_http_is_refused(server: Server) -> None:
    answer = raw(server, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
    assert answer.split()[1] == b"400"


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"messages":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b"\xff",
        b"",
        b"5",
    ],
    ids=["open lists", "open objects", "deep lists", "no text", "nothing", "a number"],
)
@pytest.mark.parametrize(
    "path", ["/v1/chat/completions", "/v1/embeddings", "/api/chats/", "/api/chat/completion"]
)
def test_bodies_that_are_no_object_are_refused(client: httpx.Client, path: str, body: bytes) -> None:
    answer = client.post(path, content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 413), answer.text
    assert answer.json()["error"]["message"]


def test_templates_and_picture_addresses_are_not_taken(client: httpx.Client) -> None:
    """Model templates: LiteLLM CVE-2024-2952, vLLM CVE-2025-61620; SSRF: vLLM CVE-2026-24779."""
    for change in (
        {"chat_template": "{{ ''.__class__ }}"},
        {"chat_template_kwargs": {"chat_template": "{% for a in range(10**9) %}{% endfor %}"}},
        {
            "messages": [
                {
                    "role": "user",
                    "content": [{"type": "image_url", "image_url": {"url": "http://169.254.169.254/"}}],
                }
            ]
        },
        {
            "messages": [
                {
                    "role": "user",
                    "content": [{"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}],
                }
            ]
        },
    ):
        answer = client.post("/v1/chat/completions", json={"model": "fake", "messages": HI, **change})
        assert answer.status_code == 400, change


def test_others_are_served_and_memory_stays_while_somebody_floods(server: Server) -> None:
    process = psutil.Process(server.pid)
    with server.client() as client:
        client.get("/health")
        before = process.memory_info().rss
        stop = threading.Event()
        flooders = [threading.Thread(target=_flood, args=(server, stop)) for _ in range(4)]
        for flooder in flooders:
            flooder.start()
        try:
            most = before
            for _ in range(100):
                assert client.get("/health").status_code == 200
                most = max(most, process.memory_info().rss)
        finally:
            stop.set()
            for flooder in flooders:
                flooder.join()
    assert most - before < SPARE_BYTES


def _flood(server: Server, stop: threading.Event) -> None:
    """Send what is too large, again and again."""
    deep = b'{"model":"fake","messages":' + b"[" * 200_000
    headers = {"content-type": "application/json"}
    with server.client() as client:
        while not stop.is_set():
            client.post("/v1/chat/completions", content=deep, headers=headers)
            client.post("/api/chats/", content=b" " * (BODY_BYTES + 1), headers=headers)
            client.get("/api/version", headers={"x-a": "a" * HEADER_BYTES})
