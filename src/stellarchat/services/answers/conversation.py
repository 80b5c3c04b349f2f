"""Asking an engine for one reply, and logging all that it says."""

import asyncio
from typing import Any

from stellarchat.core.errors import EngineDied, EngineMalformed
from stellarchat.core.events import FinishReason, GenerationEvent, Phase, Status, Text, Thinking, ToolCall
from stellarchat.engines._openai_http.chunks import ChunkReader, engine_error, retry_after
from stellarchat.engines._openai_http.sse import EventParser
from stellarchat.services.answers.gateway import Lease
from stellarchat.services.answers.generation import Generation

ERROR_LIMIT = 64 * 1024
KEEP_PATIENCE = 0.25  # seconds an engine has after [DONE] to end its answer, so that the connection is kept


async def converse(generation: Generation, lease: Lease, body: dict[str, Any]) -> FinishReason:
    """Ask the engine and log all it says; return why it ended."""
    target, clock = lease.target, generation.clock
    generation.report(Status(Phase.PREFILL, engine=target.engine, model=generation.model))
    request = target.dialect.adapt(
        {
            **body,
            "model": target.upstream_model,
            "stream": True,
            "stream_options": {"include_usage": True},
            **({"return_progress": True} if target.dialect.progress else {}),
            **({"verbose": True} if target.dialect.verbose and body.get("stop") else {}),
        }
    )
    clock.sent = asyncio.get_running_loop().time()
    parser, reader, decoding = EventParser(), ChunkReader(generation.numbered), False
    async with await lease.ask("/chat/completions", request) as response:
        if response.status != 200:
            raise engine_error(
                await response.read(ERROR_LIMIT), response.status, retry_after(response.headers)
            )
        if not response.headers.get(b"content-type", b"").startswith(b"text/event-stream"):
            raise EngineMalformed(
                "The engine answered with something that is no stream.",
                remedy="Check that its address leads to the engine and not to another server.",
                detail=(await response.next())[:500].decode("utf-8", "replace"),
                sentence="engine_no_stream",
            )
        while data := await response.next():
            if events := reader.read(parser.feed(data)):
                if not decoding:
                    decoding = _announce(
                        events, Status(Phase.DECODING, engine=target.engine, model=generation.model)
                    )
                generation.append(events)
                lease.wrote(len(events))
            if reader.failure is not None:
                raise reader.failure
            if reader.done:
                await response.end(KEEP_PATIENCE)
                break
    if reader.finish_reason is None and not reader.done:
        raise EngineDied(
            "The engine stopped in the middle of its answer.",
            remedy="Continue the answer, or retry.",
            sentence="engine_halted",
        )
    if reader.stopped_by in _stops(body):  # engines have words of their own beside the request's
        generation.stop_sequence = reader.stopped_by
    return reader.finish_reason or FinishReason.STOP


def _stops(body: dict[str, Any]) -> list[str]:
    stop = body.get("stop") or []
    return [stop] if isinstance(stop, str) else stop


def _announce(events: list[GenerationEvent], decoding: Status) -> bool:
    """Put a status before the first token, if there is one."""
    for at, event in enumerate(events):
        if isinstance(event, Text | Thinking | ToolCall):
            events.insert(at, decoding)
            return True
    return False
