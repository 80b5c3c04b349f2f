"""How the OpenAI-compatible engines differ in what they take and send.

The request inside the house is OpenAI's chat completion body, extended by `top_k`, `min_p`,
`repeat_penalty` and `thinking`. A dialect rewrites it for its engine and refuses what that engine
would silently ignore.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from stellarchat.core.errors import BadRequest
from stellarchat.engines._openai_http.native import Native

Body = dict[str, Any]

# what OpenAI's own API does not know; a remote endpoint may refuse or ignore them
EXTRA_SAMPLING = ("top_k", "min_p", "repeat_penalty")


class Dialect(msgspec.Struct, frozen=True):
    """One engine's way of speaking.

    `adapt` turns the house's body into the engine's; it returns the same object where nothing changes, so
    that the relay lane can pass the client's bytes on. `progress` tells that the engine reports how far
    it has read the prompt; `slots_path` is where it tells which of its slots are busy; `prefill` that a
    last message of the assistant's is continued rather than answered. `count_path` counts a prompt's tokens
    from its messages. `structured` tells that
    `response_format` is enforced and not just taken. `rerank_path` is where it ranks documents, from the
    root of its address. `verbose` tells that it says only on that word which stop string ended an answer,
    `counts` that a stream's end has the token counts unasked. `metrics_path` has its Prometheus series,
    `queue_metric` and `cache_metric` are the names of those for waiting requests and the share of the
    key-value cache in use. `native` gives the engine's own request for an adapted body at a path below
    `/v1`, or None where OpenAI's will do.
    """

    name: str
    adapt: Callable[[Body], Body]
    progress: bool = False
    verbose: bool = False
    prefill: bool = False
    slots_path: str | None = None
    tokenize_path: str | None = None
    template_path: str | None = None
    count_path: str | None = None
    structured: bool = True
    rerank_path: str | None = None
    native: Callable[[str, Body], Native | None] | None = None
    counts: bool = False
    metrics_path: str | None = None
    queue_metric: str | None = None
    cache_metric: str | None = None


def _llamacpp(body: Body) -> Body:
    """llama.cpp takes all of it; only thinking has another name (chat_template_kwargs)."""
    if "thinking" not in body:
        return body
    thinking = body["thinking"]
    adapted = {key: value for key, value in body.items() if key != "thinking"}
    if thinking is not None:
        kwargs = dict(adapted.get("chat_template_kwargs") or {})
        adapted["chat_template_kwargs"] = {**kwargs, "enable_thinking": bool(thinking)}
    return adapted


def _openai(body: Body) -> Body:
    """OpenAI knows none of our extra fields: leave out what is unset, refuse what is set."""
    extra = [key for key in (*EXTRA_SAMPLING, "thinking") if key in body]
    if not extra:
        return body
    for key in extra:
        if body[key] is not None:
            raise BadRequest(
                f"This endpoint does not know {key!r}.",
                param=key,
                remedy=f"Leave {key!r} at its default.",
                sentence="param_of_endpoint",
                values={"field": key},
            )
    return {key: value for key, value in body.items() if key not in extra}


LLAMACPP = Dialect(
    name="llamacpp",
    adapt=_llamacpp,
    progress=True,
    verbose=True,
    prefill=True,
    slots_path="/slots",
    tokenize_path="/tokenize",
    template_path="/apply-template",
    rerank_path="/v1/rerank",
    counts=True,
    metrics_path="/metrics",
    queue_metric="llamacpp:requests_deferred",
)
# an endpoint's base URL ends in its version already
OPENAI = Dialect(name="openai", adapt=_openai, rerank_path="/rerank")
