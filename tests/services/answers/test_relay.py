"""The relay lane over real sockets: a fake engine, uvicorn, and a client that may misbehave."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

import httpx
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from stellarchat.api.errors import render
from stellarchat.api.openai.relay import RelayEndpoint
from stellarchat.core.accounts import LOCAL
from stellarchat.core.errors import StellarChatError
from stellarchat.engines._openai_http.dialect import OPENAI
from stellarchat.services.answers.relay import Relay
from stellarchat.services.instances.targets import Target
from tests.fake_engine import Fake, running_fake
from tests.services.targets import Book, gateway, target
from tests.waiting import eventually


@contextlib.asynccontextmanager
async def relay(*targets: Target, **options: float) -> AsyncIterator[tuple[httpx.AsyncClient, Book]]:
    """Serve the lane on a free port."""
    gate = gateway(*targets, **options)
    book = Book(gate)
    lane = RelayEndpoint(Relay(gate, book), "/chat/completions", lambda body: None, 1 << 20)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})["caller"] = LOCAL
        try:
            await lane(scope, receive, send)
        except StellarChatError as error:
            await render(error, scope, send)

    config = uvicorn.Config(app, port=0, log_level="error", lifespan="off", access_log=False)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await eventually(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            yield client, book
    finally:
        server.should_exit = True
        await serving
        gate.close()


@pytest.fixture
async def fake() -> AsyncIterator[Fake]:
    async with running_fake() as engine:
        yield engine


def ask(directives: str = "", stream: bool = True, model: str = "fake") -> dict[str, object]:
    content = f"hi [[fake {directives}]]"
    return {"model": model, "stream": stream, "messages": [{"role": "user", "content": content}]}


def text_of(stream: str) -> str:
    payloads = [line[6:] for line in stream.splitlines() if line.startswith("data: ")]
    chunks = [json.loads(payload) for payload in payloads if payload != "[DONE]"]
    return "".join(choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"])


async def test_a_stream_passes_untouched(fake: Fake) -> None:
    async with relay(target(fake)) as (client, book):
        answer = await client.post("/", json=ask("tokens=5"))
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert text_of(answer.text) == "tok00 tok01 tok02 tok03 tok04 "
        assert answer.text.rstrip().endswith("data: [DONE]")
        [measured] = book.answers
        assert measured["outcome"] == "stop"
        assert measured["time_to_first_token"] is not None
        [request] = await fake.requests()
        assert request["body"] == ask("tokens=5")


async def test_a_plain_answer(fake: Fake) -> None:
    async with relay(target(fake)) as (client, _):
        answer = await client.post("/", json=ask("tokens=2", stream=False))
        assert answer.json()["choices"][0]["message"]["content"] == "tok00 tok01 "


@pytest.mark.parametrize("way", ["", "split=1", "crlf=1"])
async def test_our_name_for_the_model_is_kept(fake: Fake, way: str) -> None:
    async with relay(target(fake, model="ours")) as (client, _):
        answer = await client.post("/", json=ask(f"tokens=3 {way}", model="ours"))
        assert text_of(answer.text) == "tok00 tok01 tok02 "
        assert '"model":"ours"' in answer.text.replace(": ", ":")
        assert '"model":"fake"' not in answer.text.replace(": ", ":")
        plain = await client.post("/", json=ask("tokens=3", stream=False, model="ours"))
        assert plain.json()["model"] == "ours"


async def test_an_unknown_model_is_404(fake: Fake) -> None:
    async with relay(target(fake)) as (client, _):
        answer = await client.post("/", json=ask(model="nobody"))
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "model_not_found"


async def test_the_engines_own_refusal_reaches_the_client_and_is_honoured(fake: Fake) -> None:
    async with relay(target(fake)) as (client, _):
        answer = await client.post("/", json=ask("status=429 retry_after=7"))
        assert answer.status_code == 429
        assert answer.headers["retry-after"] == "7"
        again = await client.post("/", json=ask("tokens=1"))  # not bothered while it asked for peace
        assert again.status_code == 429
        assert len(await fake.requests()) == 1


async def test_an_engine_that_fails_is_left_alone_for_a_while(fake: Fake) -> None:
    async with relay(target(fake)) as (client, _):
        for _ in range(3):
            assert (await client.post("/", json=ask("status=500"))).status_code == 502
        answer = await client.post("/", json=ask("tokens=1"))
        assert answer.status_code == 503
        assert "retry-after" in answer.headers
        assert len(await fake.requests()) == 3


async def test_dying_in_mid_answer_is_an_error_event_and_no_done(fake: Fake) -> None:
    async with relay(target(fake)) as (client, book):
        answer = await client.post("/", json=ask("tokens=20 delay=5 die_after=3"))
        assert answer.status_code == 200
        assert "tok01" in answer.text
        assert "[DONE]" not in answer.text
        last = json.loads(answer.text.rstrip().rsplit("data: ", 1)[1])
        assert last["error"]["code"] == "engine_died"
        assert book.answers[0]["outcome"] == "engine_died"


async def test_a_forgotten_done_is_added_but_not_to_a_cut_answer(fake: Fake) -> None:
    async with relay(target(fake)) as (client, _):
        whole = await client.post("/", json=ask("tokens=3 no_done=1"))
        assert whole.text.rstrip().endswith("data: [DONE]")
        assert "error" not in whole.text
        cut = await client.post("/", json=ask("tokens=9 close_after=3"))
        assert "[DONE]" not in cut.text
        assert '"engine_died"' in cut.text


async def test_silence_ends_with_a_stall(fake: Fake) -> None:
    async with relay(target(fake), stall_timeout=0.2) as (client, _):
        answer = await client.post("/", json=ask("tokens=9 stall_after=2"))
        assert '"engine_stalled"' in answer.text


@pytest.mark.parametrize("window", ["plain", "before the head", "before the first token", "mid-stream"])
async def test_hanging_up_frees_the_engine(fake: Fake, window: str) -> None:
    directives = "tokens=1000 delay=20" if window == "mid-stream" else "tokens=5 first=60000"
    async with relay(target(fake, slots=1)) as (client, book):
        body = ask(directives, stream=window != "plain")
        if window in ("before the first token", "mid-stream"):
            async with client.stream("POST", "/", json=body) as answer:
                assert answer.status_code == 200
                if window == "mid-stream":
                    await anext(answer.aiter_bytes())
        else:
            request = asyncio.create_task(client.post("/", json=body))
            await eventually(lambda: _active(fake, 1))
            request.cancel()
            await asyncio.gather(request, return_exceptions=True)
        await eventually(lambda: _active(fake, 0))
        await eventually(lambda: bool(book.answers))
        assert book.answers[0]["outcome"] == "cancelled"
        after = await client.post("/", json=ask("tokens=1"))  # the only place is free again
        assert text_of(after.text) == "tok00 "


async def queued(book: Book) -> None:
    """Wait until somebody waits for a place."""
    gate = book.gate
    assert gate is not None
    await eventually(lambda: gate.load("fake").queued == 1)


async def test_hanging_up_in_the_queue_leaves_it(fake: Fake) -> None:
    async with relay(target(fake, slots=1)) as (client, book):
        async with client.stream("POST", "/", json=ask("tokens=1000 delay=20")):
            waiting = asyncio.create_task(client.post("/", json=ask("tokens=1")))
            await queued(book)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        after = await client.post("/", json=ask("tokens=1"))
        assert text_of(after.text) == "tok00 "
        assert (await fake.stats())["started"] == 2


async def test_more_than_the_queue_holds_is_told_to_come_back(fake: Fake) -> None:
    async with relay(target(fake, slots=1), queue_limit=1) as (client, book):
        async with client.stream("POST", "/", json=ask("tokens=1000 delay=20")):
            waiting = asyncio.create_task(client.post("/", json=ask("tokens=1")))
            await queued(book)
            refused = await client.post("/", json=ask("tokens=1"))
            assert refused.status_code == 429
            assert refused.json()["error"]["code"] == "queue_full"
            assert int(refused.headers["retry-after"]) >= 1
        assert (await waiting).status_code == 200


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"nonsense", b"\xff"])
async def test_a_body_that_is_no_object_is_400(fake: Fake, body: bytes) -> None:
    async with relay(target(fake)) as (client, _):
        answer = await client.post("/", content=body)
        assert answer.status_code == 400
        assert answer.json()["error"]["type"] == "invalid_request_error"


async def test_a_large_body_in_pieces_is_413(fake: Fake) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 100_000

    async with relay(target(fake)) as (client, _):
        answer = await client.post("/", content=pieces())
        assert answer.status_code == 413


async def _active(fake: Fake, count: int) -> bool:
    return bool((await fake.stats())["active"] == count)


async def test_counts_are_asked_for_and_hidden_from_a_client_that_did_not(fake: Fake) -> None:
    async with relay(target(fake, dialect=OPENAI)) as (client, book):
        plain = await client.post("/", json=ask("tokens=5"))
        assert text_of(plain.text) == "tok00 tok01 tok02 tok03 tok04 "
        assert '"usage"' not in plain.text
        assert plain.text.rstrip().endswith("data: [DONE]")
        asked = await client.post("/", json=ask("tokens=5") | {"stream_options": {"include_usage": True}})
        assert asked.text.count('"usage"') == 1
        refused = await client.post("/", json=ask("tokens=5") | {"stream_options": {"include_usage": False}})
        assert '"usage"' not in refused.text
        whole = await client.post("/", json=ask("tokens=5", stream=False))
        assert whole.json()["usage"]["completion_tokens"] == 5
        for measured in book.answers:
            assert (measured["completion_tokens"], measured["user_id"]) == (5, "local")
            assert measured["prompt_tokens"] == whole.json()["usage"]["prompt_tokens"]
        assert len(book.answers) == 4
        for request in await fake.requests():
            if request["body"]["stream"]:
                assert request["body"]["stream_options"] == {"include_usage": True}


async def test_counts_are_hidden_however_the_stream_is_cut(fake: Fake) -> None:
    async with relay(target(fake, dialect=OPENAI)) as (client, book):
        answer = await client.post("/", json=ask("tokens=3 split=1"))
        assert text_of(answer.text) == "tok00 tok01 tok02 "
        assert '"usage"' not in answer.text
        assert book.answers[0]["completion_tokens"] == 3


async def test_without_counts_each_chunk_is_a_token(fake: Fake) -> None:
    async with relay(target(fake)) as (client, book):
        await client.post("/", json=ask("tokens=5"))
        assert book.answers[0]["completion_tokens"] in (4, 5)
