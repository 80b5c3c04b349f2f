#!/usr/bin/env python3
"""What one stored turn costs by itself: no HTTP, no engine, an SQLite file.

  turn.py                       500 turns one after the other, in chats of 2 messages
  turn.py --deep 40             the same in chats of 40 messages
  turn.py --at-once 100         100 turns at a time, as when many people send in the same moment

Each turn stores the question and an empty answer, hears an answer of 50 tokens, encodes its frames for one
reader, and stores its end. Prints one JSON object: CPU milliseconds of this process per turn (all threads,
the kernel's share included), and wall milliseconds per turn.
"""

import argparse
import asyncio
import json
import tempfile
import time
from datetime import UTC, datetime

import msgspec
import uvloop

from stellarchat.api.replies import failure, tell
from stellarchat.core.ids import new_id
from stellarchat.core.launch import Address
from stellarchat.core.messages import Chat, Message, Role, TextPart
from stellarchat.engines._openai_http.dialect import OPENAI
from stellarchat.services.answers.generations import Generations, Turn
from stellarchat.services.answers.recorder import Recorder
from stellarchat.services.bus import LocalBus
from stellarchat.services.chats.chats import Chats
from stellarchat.services.instances.targets import Target
from stellarchat.store import Store
from stellarchat.store.database import Transaction

USER, TOKENS = "ann", 50
WARM = 50  # turns before it is measured


class Engine:
    """Stands for the gateway, a lease and an engine's answer: all tokens at once, then the end."""

    def __init__(self) -> None:
        chunks = [{"choices": [{"index": 0, "delta": {"content": f"word{n} "}}]} for n in range(TOKENS)]
        chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        said = b"".join(b"data: %b\n\n" % msgspec.json.encode(chunk) for chunk in chunks)
        self.answer = [said + b"data: [DONE]\n\n"]
        self.target = Target(
            model="fake",
            upstream_model="fake",
            engine="openai",
            dialect=OPENAI,
            address=Address("http://127.0.0.1:1", None),
            instance="fake",
        )
        self.queue_ms = self.load_ms = 0.0

    def lease(self, model: str, report: object, affinity: object, user_id: str) -> "Engine":
        return self

    async def __aenter__(self) -> "Engine":
        return self

    async def __aexit__(self, *error: object) -> None:
        pass

    def measured(self, tokens_per_second: float) -> None:
        pass

    def wrote(self, tokens: int) -> None:
        pass

    async def ask(self, path: str, body: dict[str, object]) -> "Response":
        return Response(list(self.answer))


class Response:
    """One answer of `Engine`."""

    status, headers = 200, {b"content-type": b"text/event-stream"}

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = pieces

    async def __aenter__(self) -> "Response":
        return self

    async def __aexit__(self, *error: object) -> None:
        pass

    async def next(self) -> bytes:
        return self.pieces.pop() if self.pieces else b""

    async def end(self, patience: float) -> None:
        pass


async def no_default(user_id: str) -> str | None:
    return None


async def add_chat(tx: Transaction, depth: int) -> str:
    """Store a chat whose active branch has `depth` messages; return its id."""
    now = datetime.now(UTC)
    made = Chat(id=new_id(), user_id=USER, created_at=now, updated_at=now, last_message_at=now)
    branch: list[Message] = []
    for n in range(depth):
        said = Message(
            id=new_id(),
            chat_id=made.id,
            parent_id=branch[-1].id if branch else None,
            role=Role.ASSISTANT if n % 2 else Role.USER,
            parts=[TextPart("some words that were said " * 4)],
            created_at=now,
            updated_at=now,
        )
        branch.append(said)
    made.active_leaf_id = branch[-1].id if branch else None
    await tx.chats.add(made)
    await tx.messages.add_many(made.id, branch)
    return made.id


class House:
    """What a turn needs of the server."""

    def __init__(self, store: Store) -> None:
        recorder = Recorder(store, owner="bench")
        self.generations = Generations(store, Engine(), recorder, owner="bench", default_model=no_default)
        self.chats = Chats(store, LocalBus(), self.generations)

    async def turns(self, chat_ids: list[str], at_once: int) -> None:
        """Take one turn in each chat, `at_once` at a time."""
        for first in range(0, len(chat_ids), at_once):
            await asyncio.gather(*map(self.turn, chat_ids[first : first + at_once]))

    async def turn(self, chat_id: str) -> None:
        turn = Turn(user_id=USER, model="fake", chat_id=chat_id, content="hi, what do you say?")
        generation = await self.generations.begin(turn)
        async for _ in tell(self.chats, generation):
            pass
        if (failed := failure(generation)) is not None:
            raise RuntimeError(failed.error.message)


async def main(args: argparse.Namespace) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/bench.db")
        await store.open()
        async with store.transaction() as tx:
            chat_ids = [await add_chat(tx, args.deep) for _ in range(WARM + args.n)]
        house = House(store)
        await house.turns(chat_ids[:WARM], args.at_once)
        cpu, wall = time.process_time(), time.monotonic()
        await house.turns(chat_ids[WARM:], args.at_once)
        cpu, wall = time.process_time() - cpu, time.monotonic() - wall
        await store.close()
    return {"cpu_ms": round(cpu / args.n * 1000, 3), "wall_ms": round(wall / args.n * 1000, 3)}


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("-n", type=int, default=500, help="turns")
    p.add_argument("--at-once", type=int, default=1, help="turns at a time")
    p.add_argument("--deep", type=int, default=2, help="messages of each chat")
    return p


if __name__ == "__main__":
    print(json.dumps(uvloop.run(main(parser().parse_args()))))
