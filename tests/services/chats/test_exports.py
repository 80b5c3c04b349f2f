"""Chats written down, over a real SQLite file."""

import json
import pathlib
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import msgspec
import pytest

from stellarchat.core.errors import ErrorInfo, NotFound
from stellarchat.core.events import Timings, Usage
from stellarchat.core.messages import (
    Chat,
    ImagePart,
    Message,
    MessageStatus,
    Role,
    TextPart,
    ThinkingPart,
    ToolUsePart,
)
from stellarchat.services.chats.exports import Export, Exports, Form
from stellarchat.store.database import Transaction
from tests.services.rooms import USER, Rooms, furnished
from tests.store.samples import moment, said


@pytest.fixture
async def rooms(tmp_path: pathlib.Path) -> AsyncIterator[Rooms]:
    async with furnished(tmp_path) as made:
        yield made


@pytest.fixture
def exports(rooms: Rooms) -> Exports:
    return Exports(rooms.store)


async def text(export: Export) -> str:
    """Return what a file holds."""
    return b"".join([chunk async for chunk in export.chunks]).decode()


async def read(exports: Exports, chat_id: str | None = None, user: str = USER) -> dict[str, Any]:
    """Return an export as JSON."""
    found: dict[str, Any] = json.loads(await text(await exports.chats(user, "json", chat_id)))
    return found


async def add(tx: Transaction, chat_id: str, *messages: Message) -> None:
    for message in messages:
        await tx.messages.add(message)
    await tx.chats.touch(chat_id, messages[-1].id, moment(60))


async def grown(rooms: Rooms, **fields: Any) -> tuple[Chat, list[Message]]:
    """Store a chat with two branches and everything that a message can have."""
    chat = (await rooms.chats.create(USER, {"title": "Trip", "tags": ["b", "a"], **fields})).chat
    ask = said(chat.id, "where to?", client_id="mine", metadata={"seed": [1, None]})
    first = said(
        chat.id,
        "",
        ask,
        role=Role.ASSISTANT,
        parts=[
            ThinkingPart("hm", 12.5),
            TextPart('there "🚀" 一\u2028'),
            ToolUsePart("call", "map", '{"a": "`"}'),
            ImagePart("data:image/png;base64,AAAA"),
        ],
        status=MessageStatus.INTERRUPTED,
        model="demo",
        generation_id="run",
        finish_reason="length",
        usage=Usage(3, 4, 1, 2),
        timings=Timings(queue_ms=1.5, tokens_per_second=20),
        error=ErrorInfo(code="engine_died", message="it died", retry_after=1.5),
        at=1,
    )
    second = said(chat.id, "elsewhere", ask, role=Role.ASSISTANT, at=2)
    more = said(chat.id, "and then?", second, at=3)
    async with rooms.store.transaction() as tx:
        await add(tx, chat.id, ask, first, second, more)
        return await tx.chats.get(USER, chat.id), [ask, first, second, more]


async def test_json_has_all_that_an_import_needs(rooms: Rooms, exports: Exports) -> None:
    fields = {"model": "m", "system_prompt": "Be brief.", "params": {"top_p": 0.9}, "folder": "work"}
    chat, messages = await grown(rooms, pinned=True, archived=True, **fields)
    found = await read(exports)
    assert (found["format"], found["version"]) == ("stellarchat.chats", 1)
    assert found["program"].startswith("StellarChat ")
    assert datetime.fromisoformat(found["exported_at"]).tzinfo is not None
    (one,) = found["chats"]
    lines = one.pop("messages")
    restored = msgspec.convert(one | {"user_id": USER, "rev": chat.rev}, Chat)
    assert restored == chat
    back = [msgspec.convert(line | {"chat_id": chat.id}, Message) for line in lines]
    for message in messages:
        message.rev = 0
    assert sorted(back, key=lambda one: one.created_at) == messages


async def test_parents_come_before_their_children(rooms: Rooms, exports: Exports) -> None:
    chat = (await rooms.chats.create(USER, {})).chat
    late = said(chat.id, "parent", at=9)  # by a clock that was put back meanwhile
    child = said(chat.id, "child", late, at=1)
    async with rooms.store.transaction() as tx:
        await add(tx, chat.id, late, child, said(chat.id, "root", at=5))
    (one,) = (await read(exports))["chats"]
    assert [line["parts"][0]["text"] for line in one["messages"]] == ["root", "parent", "child"]


async def test_all_chats_are_exported_but_deleted_and_others_ones(
    rooms: Rooms, exports: Exports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stellarchat.services.chats.exports._CHATS", 3)
    ids = [(await rooms.chats.create(USER, {"title": str(number)})).chat.id for number in range(8)]
    await rooms.chats.update(USER, ids[2], {"archived": True})
    await rooms.chats.delete(USER, ids[3])
    await rooms.chats.create("eve", {"title": "hers"})
    assert [one["title"] for one in (await read(exports))["chats"]] == list("7654210")
    assert [one["title"] for one in (await read(exports, user="eve"))["chats"]] == ["hers"]
    assert (await read(exports, user="nobody"))["chats"] == []


async def test_one_chat_is_exported_to_its_owner_alone(rooms: Rooms, exports: Exports) -> None:
    chat, _ = await grown(rooms)
    await rooms.chats.create(USER, {"title": "other"})
    assert [one["id"] for one in (await read(exports, chat.id))["chats"]] == [chat.id]
    forms: tuple[Form, ...] = ("json", "markdown")
    for form in forms:
        for user, chat_id in (("eve", chat.id), (USER, "nothing")):
            with pytest.raises(NotFound) as caught:
                await exports.chats(user, form, chat_id)
            assert caught.value.param == "chat_id"
    await rooms.chats.delete(USER, chat.id)
    with pytest.raises(NotFound):
        await exports.chats(USER, "json", chat.id)


async def test_long_chats_are_written_piece_by_piece(
    rooms: Rooms, exports: Exports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stellarchat.services.chats.exports._MESSAGES", 10)
    chat = (await rooms.chats.create(USER, {})).chat
    line = [said(chat.id, "0")]
    for number in range(1, 95):
        line.append(said(chat.id, str(number), line[-1], at=number))
    async with rooms.store.transaction() as tx:
        await tx.messages.add_many(chat.id, line)
        await tx.chats.touch(chat.id, line[-1].id, moment(99))
    export = await exports.chats(USER, "json")
    chunks = [chunk async for chunk in export.chunks]
    assert max(chunk.count(b'"role"') for chunk in chunks) == 10
    (one,) = json.loads(b"".join(chunks))["chats"]
    assert [message["id"] for message in one["messages"]] == [message.id for message in line]
    # a line for each message: a file that can be read with other tools
    assert b"".join(chunks).count(b"\n") == 95 + 4
    written = await text(await exports.chats(USER, "markdown"))
    assert [int(row) for row in written.splitlines() if row.isdigit()] == list(range(95))


async def test_markdown_is_the_active_branch(rooms: Rooms, exports: Exports) -> None:
    chat, (_, first, *_) = await grown(rooms, system_prompt="Be\n\nbrief.", model="m")
    written = await text(await exports.chats(USER, "markdown", chat.id))
    assert written.startswith("# Trip\n\n")
    assert "> Be\n>\n> brief.\n" in written
    assert [line for line in written.splitlines() if line.startswith("## ")] == [
        "## You · 2026-01-02 03:04 UTC",
        "## Model · 2026-01-02 03:04 UTC",
        "## You · 2026-01-02 03:04 UTC",
    ]
    assert "there" not in written
    await rooms.chats.update(USER, chat.id, {"active_leaf": first.id})
    written = await text(await exports.chats(USER, "markdown", chat.id, "zh-CN"))
    assert "## 模型 (`demo`) · " in written
    assert "> **思考**\n>\n> hm\n" in written
    assert 'there "🚀" 一\u2028' in written
    assert '**调用** `map`\n\n```json\n{"a": "`"}\n```\n' in written
    assert "*[图片]*" in written
    assert "AAAA" not in written
    assert written.endswith("*已中断: it died*\n")


async def test_several_chats_stand_in_one_document(rooms: Rooms, exports: Exports) -> None:
    await grown(rooms)
    await rooms.chats.create(USER, {})
    written = await text(await exports.chats(USER, "markdown"))
    assert [line for line in written.splitlines() if line.startswith("# ")] == ["# Untitled chat", "# Trip"]
    assert written.count("\n---\n") == 1


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Trip", "Trip.md"),
        ("北京 🚀", "北京 🚀.md"),
        ('a/b\\c:d*e?f"g<h>i|j\r\nk\x00l', "a b c d e f g h i j k l.md"),
        ("../../etc/passwd", "etc passwd.md"),
        ("  ...  ", None),
        ("gpj\u202e.exe\u200b", "gpj .exe.md"),
        ("x" * 200, "x" * 80 + ".md"),
        ("", None),
    ],
)
async def test_a_file_has_a_name_that_every_system_takes(
    rooms: Rooms, exports: Exports, title: str, name: str | None
) -> None:
    chat = (await rooms.chats.create(USER, {"title": title.replace("\x00", "\x01")})).chat
    export = await exports.chats(USER, "markdown", chat.id)
    if name is None:
        assert export.name.startswith("StellarChat 20")
    else:
        assert export.name == name
    await export.chunks.aclose()
