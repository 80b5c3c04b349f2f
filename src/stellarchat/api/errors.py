"""The one place that turns errors into responses.

`/api/v1/…` answers in its envelope, `/v1/messages` in Anthropic's shape, everything else in OpenAI's
nested one (docs/api.md). Works for
FastAPI's routes and for plain ASGI callables alike.
"""

import logging
import math
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.requests import Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from stellarchat.api.fields import explain
from stellarchat.core.errors import ErrorInfo, MethodNotAllowed, NotFound, StellarChatError

log = logging.getLogger(__name__)

ENVELOPE = "/api/v1/"
ANTHROPIC = "/v1/messages"
INTERNAL = ErrorInfo(
    code="internal_error",
    message="Something went wrong in the server.",
    remedy="Try again; if it stays, the server's log has the details under the request id.",
    sentence="internal",
)
Headers = list[tuple[bytes, bytes]]
ASGISend = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def request_id(scope: Mapping[str, Any]) -> str:
    """Return the id that the entrance gave to a request."""
    return str(scope.get("state", {}).get("request_id", ""))


def show(error: ErrorInfo) -> dict[str, Any]:
    """Return `error` as OpenAI's clients know it, with what we add."""
    told = {} if error.sentence is None else {"sentence": error.sentence, "values": error.values or {}}
    return {
        "message": error.message,
        "type": error.type,
        "code": error.code,
        "param": error.param,
        "remedy": error.remedy,
        "detail": error.detail,
        **told,
    }


# https://docs.anthropic.com/en/api/errors
_ANTHROPIC_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
}


def anthropic_error(error: ErrorInfo, identity: str | None = None) -> dict[str, Any]:
    """Return `error` as Anthropic's clients know it, with what we add."""
    usual = "invalid_request_error" if error.status < 500 else "api_error"
    kind = _ANTHROPIC_TYPES.get(error.status, usual)
    return {"type": "error", "error": {**show(error), "type": kind}, "request_id": identity or None}


def body_of(error: ErrorInfo, path: str, identity: str) -> bytes:
    """Encode `error` the way clients of `path` expect it."""
    shown = show(error)
    if path.startswith(ENVELOPE):
        return msgspec.json.encode(
            {"request_id": identity, "code": error.status, "msg": error.message, "data": None, "error": shown}
        )
    if path.startswith(ANTHROPIC):
        return msgspec.json.encode(anthropic_error(error, identity))
    return msgspec.json.encode({"error": shown})


def headers_of(error: ErrorInfo) -> Headers:
    """Return the headers that an error brings along."""
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    if error.status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="StellarChat"'))
    if error.retry_after is not None:
        headers.append((b"retry-after", str(max(1, math.ceil(error.retry_after))).encode()))
    return headers


async def render(error: StellarChatError | ErrorInfo, scope: Mapping[str, Any], send: ASGISend) -> None:
    """Answer a plain ASGI request with an error. Nothing may have been sent before."""
    info = error.info() if isinstance(error, StellarChatError) else error
    body = body_of(info, scope["path"], request_id(scope))
    headers = [*headers_of(info), (b"content-length", str(len(body)).encode())]
    if info.status == 405:
        headers.append((b"allow", b"POST"))  # plain ASGI callables serve nothing else
    await send({"type": "http.response.start", "status": info.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def install(app: FastAPI) -> None:
    """Register the handlers for everything a route can raise."""
    app.add_exception_handler(StellarChatError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


def _respond(request: Request, info: ErrorInfo, extra: Headers | None = None) -> Response:
    body = body_of(info, request.url.path, request_id(request.scope))
    response = Response(body, status_code=info.status)
    response.raw_headers.extend([*headers_of(info), *(extra or [])])
    return response


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, StellarChatError)
    return _respond(request, error.info())


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return _respond(request, explain(error.errors()).info())


async def _http(request: Request, error: Exception) -> Response:
    """Errors that Starlette raises itself: no such path, no such method."""
    assert isinstance(error, HTTPException)
    path = request.url.path
    info: ErrorInfo
    if error.status_code == 404:
        info = NotFound(f"There is nothing at {path}.").info()
    elif error.status_code == 405:
        info = MethodNotAllowed(f"{path} does not take {request.method}.").info()
    else:
        info = ErrorInfo(
            code="invalid_request",
            type="invalid_request_error",
            message=error.detail,
            status=error.status_code,
        )
    allowed = (error.headers or {}).get("allow") or (error.headers or {}).get("Allow")
    return _respond(request, info, [(b"allow", allowed.encode())] if allowed else None)


async def _unexpected(request: Request, error: Exception) -> Response:
    """Answer; Starlette raises the error again, and the entrance logs it with the request id."""
    return _respond(request, INTERNAL)
