"""The short way to a chat's reply refuses what its route refuses, with the same words."""

from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from stellarchat.api import errors
from stellarchat.api.chats import replies
from stellarchat.api.chats.door import CompletionDoor
from stellarchat.api.limits import Limits
from stellarchat.core.accounts import LOCAL
from stellarchat.core.errors import StellarChatError

BAD = {
    "nothing": b"",
    "no JSON": b"nope",
    "a list": b"[1]",
    "a wrong type": b'{"chat_id": 5, "content": "x"}',
    "nothing to answer": b'{"chat_id": "a"}',
    "an unknown field": b'{"chat_id": "a", "content": "x", "temprature": 1}',
    "a wrong part": b'{"chat_id": "a", "content": [{"type": "text"}]}',
    "no messages": b'{"messages": []}',
    "too much": b'{"chat_id": "a", "content": "x", "stop": ["a","a","a","a","a","a","a","a","a","a","a","a"'
    b',"a","a","a","a","a"]}',
    "a NUL": b'{"chat_id": "a", "content": "\\u0000"}',
    "numbers that are none": b'{"chat_id": "a", "content": "x", "temperature": NaN}',
}


async def through_door(scope: Scope, receive: Receive, send: Send) -> None:
    scope.setdefault("state", {})["caller"] = LOCAL
    door = CompletionDoor(None, None, Limits())  # type: ignore[arg-type]
    try:
        await door(scope, receive, send)
    except StellarChatError as error:
        await errors.render(error, scope, send)


def through_route() -> FastAPI:
    app = FastAPI()
    app.state.services = SimpleNamespace(chats=None, generations=None, limits=Limits())
    errors.install(app)
    app.include_router(replies.router)

    async def known(request: Any, proceed: Any) -> Any:
        request.state.caller = LOCAL
        return await proceed(request)

    app.middleware("http")(known)
    return app


async def answer(app: Any, body: bytes, headers: dict[str, str]) -> tuple[int, str | None]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        headers = {"content-type": "application/json", **headers}
        answered = await client.post("/api/chat/completion", content=body, headers=headers)
        return answered.status_code, answered.json()["error"]["param"]


@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
async def test_a_bad_body(body: bytes) -> None:
    refused = await answer(through_door, body, {})
    assert refused == await answer(through_route(), body, {})
    assert refused[0] in (400, 413)


async def test_a_bad_session() -> None:
    headers = {"x-session-id": "x" * 200}
    body = b'{"chat_id": "a", "content": "x"}'
    refused = await answer(through_door, body, headers)
    assert refused == await answer(through_route(), body, headers)
    assert refused == (413, "x-session-id")
