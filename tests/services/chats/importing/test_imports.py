"""Exports of other programs, and our own, read in over a real SQLite file.

The fixtures are written after the formats: each has branches, what cannot come along, and what is wrong.
"""

import base64
import io
import json
import pathlib
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from stellarchat.core.errors import BadRequest, PayloadTooLarge
from stellarchat.core.files import Attachment
from stellarchat.core.messages import (
    FilePart,
    ImagePart,
    Message,
    MessageStatus,
    Role,
    TextPart,
    ThinkingPart,
    ToolUsePart,
    children,
)
from stellarchat.core.tools import CallState, Output, OutputKind
from stellarchat.services.answers.prompt import messages_for
from stellarchat.services.chats.chats import Shelf
from stellarchat.services.chats.exports import Exports
from stellarchat.services.chats.importing import records
from stellarchat.services.chats.importing.imports import Imports, Report
from tests import files_made as made
from tests.services.rooms import USER, Rooms, furnished
from tests.store.samples import moment

FIXTURES = pathlib.Path(__file__).parents[3] / "fixtures" / "exports"


@pytest.fixture
async def rooms(tmp_path: pathlib.Path) -> AsyncIterator[Rooms]:
    async with furnished(tmp_path) as made:
        yield made


@pytest.fixture
def imports(rooms: Rooms, tmp_path: pathlib.Path) -> Imports:
    return Imports(rooms.store, rooms.bus, rooms.files, tmp_path, 4 * 1024 * 1024)


async def take(imports: Imports, data: Any, user: str = USER) -> Report:
    """Import bytes, or a value as JSON."""
    body = data if isinstance(data, bytes) else json.dumps(data).encode()

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 10_000):
            yield body[start : start + 10_000]

    return await imports.whole(user, await imports.receive(pieces()))


async def fixture(imports: Imports, name: str) -> Report:
    return await take(imports, (FIXTURES / name).read_bytes())


class Tree:
    """A stored chat with its messages by the ids they had."""

    def __init__(self, chat: Any, messages: list[Message], below: dict[str | None, list[str]]) -> None:
        self.chat = chat
        self.messages = {one.client_id: one for one in messages}
        names = {one.id: one.client_id for one in messages}
        self.below = {names.get(key or ""): [names[one] for one in line] for key, line in below.items()}
        self.leaf = names.get(chat.active_leaf_id)


async def tree(rooms: Rooms, title: str) -> Tree:
    """Return the chat whose title begins so."""
    page = await rooms.chats.listing(USER, Shelf(archived=None), limit=200)
    (chat,) = [one.chat for one in page.items if one.chat.title.startswith(title)]
    async with rooms.store.read() as tx:
        nodes = await tx.messages.nodes(chat.id)
        return Tree(chat, await tx.messages.many(list(nodes)), children(nodes.values()))


async def test_chatgpt_comes_whole(rooms: Rooms, imports: Imports) -> None:
    report = await fixture(imports, "chatgpt.json")
    assert (report.created, report.failed, report.sources) == (3, 3, {"chatgpt": 3})
    assert [(one.index, one.title) for one in report.problems] == [(2, "Corrupt"), (4, "Circle"), (5, "")]
    assert ["no object" in one.reasons[0].message for one in report.problems] == [True, False, True]
    plums = await tree(rooms, "Sorting plums")
    chat = plums.chat
    assert (chat.model, chat.title_by, chat.archived_at is not None) == ("gpt-5", "person", True)
    assert chat.system_prompt == "I keep an orchard.\n\nAnswer briefly."
    assert chat.created_at.timestamp() == 1756000000.25
    assert chat.last_message_at.timestamp() == 1756000400.5
    # what was hidden is left out; what the assistant and its tool said in a row is one reply
    assert plums.below == {None: ["u1"], "u1": ["t1", "a1b"], "t1": ["u2"]}
    assert plums.leaf == "u2"
    asked, reply = plums.messages["u1"], plums.messages["t1"]
    assert asked.content.startswith("Which of these are ripe?")
    assert asked.content.endswith("*[Not imported: plums.jpg]*")
    assert (reply.role, reply.model, reply.created_at.timestamp()) == (Role.ASSISTANT, "o4-mini", 1756000002)
    assert isinstance(reply.parts[0], ThinkingPart)
    assert isinstance(reply.parts[1], ToolUsePart)
    assert (reply.parts[1].name, reply.parts[1].arguments) == ("python", "print(1+1)")
    assert reply.content.endswith("Two of them are ripe.")
    assert plums.messages["u2"].content == "谢谢"


async def test_chatgpt_without_times_or_a_title_is_readable(rooms: Rooms, imports: Imports) -> None:
    await fixture(imports, "chatgpt.json")
    lone = await tree(rooms, "No times at all")
    assert lone.chat.title_by == "fallback"
    assert lone.below == {None: ["x"], "x": ["y"]}
    assert lone.leaf == "y"
    voice = await tree(rooms, "Voice")
    assert voice.chat.pinned_at is not None
    assert voice.messages["v1"].content.startswith("Hello there")
    assert voice.messages["v2"].content == "````python\nx = '```'\n````"


async def test_open_webui_comes_whole(rooms: Rooms, imports: Imports) -> None:
    report = await fixture(imports, "openwebui.json")
    assert (report.created, report.failed) == (2, 2)
    assert "narrator" in report.problems[1].reasons[0].message
    two = await tree(rooms, "Two models")
    chat = two.chat
    assert (chat.model, chat.system_prompt) == ("llama3.1:latest", "Be kind.")
    assert chat.params == {"temperature": 0.3, "max_tokens": 256}
    assert (chat.tags, chat.folder) == (["animals", "图"], "Open WebUI 5f0c2d1e")
    assert chat.pinned_at is not None
    assert chat.archived_at is not None
    assert two.below == {None: ["q1"], "q1": ["r1", "r2"], "r2": ["q2"], "q2": ["r3", "r4"]}
    assert two.leaf == "r2"
    asked = two.messages["q1"]
    # a picture that cannot be read is named like what did not come along
    assert asked.content == "Draw a cat\n\n*[Not imported: image]*\n\n*[Not imported: notes.pdf]*"
    assert (report.files, report.missing, [one.title for one in report.incomplete]) == (0, 1, ["Two models"])
    first = two.messages["r1"]
    assert first.parts == [ThinkingPart("Cats & dogs\nare many.", 3000.0), TextPart("A **cat**.")]
    assert first.usage is not None
    assert (first.usage.prompt_tokens, first.model) == (7, "llama3.1:latest")
    second = two.messages["r2"]
    assert second.parts[0] == ThinkingPart("Think.", 2000.0)
    assert second.parts[1] == ToolUsePart("c1", "draw", '{"what":"cat"}', CallState.DONE)
    assert second.content == "Drawn."
    failed, half = two.messages["r3"], two.messages["r4"]
    assert failed.error is not None
    assert (failed.status, failed.error.message) == (MessageStatus.ERROR, "model not found")
    assert half.status is MessageStatus.INTERRUPTED
    old = await tree(rooms, "From before branches")
    assert [old.messages[key].content[:5] for key in ("0", "1", "2")] == ["one", "two <", "three"]
    assert old.leaf == "2"


@pytest.mark.parametrize("name", ["librechat.json", "librechat-tree.json"])
async def test_librechat_comes_whole(rooms: Rooms, imports: Imports, name: str) -> None:
    report = await fixture(imports, name)
    assert (report.created, report.failed, report.messages) == (1, 0, 6)
    roses = await tree(rooms, "Roses")
    assert (roses.chat.model, roses.chat.system_prompt) == ("gpt-4o", "You are a gardener.")
    assert roses.chat.params["temperature"] == 0.8
    assert roses.below == {None: ["m1"], "m1": ["m2", "m3"], "m3": ["m4"], "m4": ["m5", "m6"]}
    assert roses.leaf == "m6"
    assert roses.messages["m1"].content.endswith("*[Not imported: rose.png]*")
    third = roses.messages["m3"]
    call = ToolUsePart("t", "search", '{"q":1}', CallState.DONE, outputs=(Output(OutputKind.TEXT, "x"),))
    assert third.parts == [ThinkingPart("Season?"), TextPart("In autumn."), call]
    assert roses.messages["m5"].status is MessageStatus.INTERRUPTED
    assert roses.messages["m6"].status is MessageStatus.ERROR
    assert roses.messages["m1"].created_at.isoformat() == "2024-05-01T16:35:11.530000+00:00"


async def test_open_webuis_calls_and_documents_come_with_what_they_hold(
    rooms: Rooms, imports: Imports
) -> None:
    details = (
        '<details type="tool_calls" done="true" id="c1" name="weather" '
        'arguments="&quot;{\\&quot;city\\&quot;: \\&quot;Faro\\&quot;}&quot;" '
        'result="&quot;18 \u00b0C&quot;">\n'
        "<summary>Tool Executed</summary>\n</details>\nWarm."
    )
    notes = {"name": "notes.pdf", "type": "file", "file": {"data": {"content": "The number is 42."}}}
    said = {
        "q": {"id": "q", "parentId": None, "role": "user", "content": "Well?", "files": [notes]},
        "a": {"id": "a", "parentId": "q", "role": "assistant", "content": details, "done": True},
    }
    record = {"id": "w", "title": "Faro", "chat": {"history": {"messages": said, "currentId": "a"}}}
    report = await take(imports, [record])
    assert (report.files, report.missing) == (1, 0)
    faro = await tree(rooms, "Faro")
    file = faro.messages["q"].parts[1]
    assert isinstance(file, FilePart)
    assert (file.name, file.media_type) == ("notes.pdf.txt", "text/plain")
    found = (Output(OutputKind.TEXT, "18 \u00b0C"),)
    call = ToolUsePart("c1", "weather", '{"city": "Faro"}', CallState.DONE, outputs=found)
    assert faro.messages["a"].parts == [call, TextPart("Warm.")]


async def test_what_goes_out_comes_back(rooms: Rooms, imports: Imports) -> None:
    await fixture(imports, "openwebui.json")
    written = await rooms.chats.create(USER, {"title": "Ours", "folder": "work", "params": {"top_p": 0.5}})
    await rooms.said(written.chat.id, "hello", metadata={"seed": 1})
    export = await Exports(rooms.store).chats(USER, "json")
    file = b"".join([piece async for piece in export.chunks])
    # what is here is not made again
    again = await take(imports, file)
    assert (again.created, again.updated, again.present) == (0, 0, 3)
    before = [await tree(rooms, title) for title in ("Two models", "Ours")]
    for one in before:
        await rooms.chats.delete(USER, one.chat.id)
    report = await take(imports, file)
    assert (report.created, report.present) == (2, 1)
    for one in before:
        back = await tree(rooms, one.chat.title)
        assert back.chat.id != one.chat.id
        for name in ("title", "model", "system_prompt", "params", "folder", "tags", "created_at"):
            assert getattr(back.chat, name) == getattr(one.chat, name)
        assert len(back.messages) == len(one.messages)
        for old in one.messages.values():
            new = back.messages[old.id]
            assert (new.parts, new.metadata, new.created_at) == (old.parts, old.metadata, old.created_at)
        assert back.leaf == one.chat.active_leaf_id


async def test_a_file_of_another_user_is_only_named(rooms: Rooms, imports: Imports) -> None:
    """Covers LibreChat CVE-2026-31950: what is sent may name anybody's files."""
    mine = Attachment(
        id="mine", user_id=USER, hash="a" * 64, name="plan.pdf", media_type="application/pdf",
        size=3, created_at=moment(0),
    )  # fmt: skip
    async with rooms.store.transaction() as tx:
        await tx.attachments.add(mine)
        await tx.attachments.add(msgspec.structs.replace(mine, id="theirs", user_id="other", name="s.pdf"))
    parts = [
        {"type": "file", "id": one, "name": f"{one}.pdf", "hash": "b" * 64} for one in ("mine", "theirs")
    ]
    at = "2026-01-01T00:00:00Z"
    said = {"id": "m", "parent_id": None, "role": "user", "parts": parts, "created_at": at, "updated_at": at}
    chat = {
        "id": "c", "title": "Files", "title_by": "person", "active_leaf_id": "m", "created_at": at,
        "updated_at": at, "last_message_at": at, "messages": [said],
    }  # fmt: skip
    report = await take(imports, {"format": "stellarchat.chats", "version": 1, "chats": [chat]})
    assert report.problems == []
    message = (await tree(rooms, "Files")).messages["m"]
    assert [part.name for part in message.parts if isinstance(part, FilePart)] == ["plan.pdf"]
    assert message.content == "\n\n*[Not imported: theirs.pdf]*"


async def test_the_same_again_makes_nothing_twice(rooms: Rooms, imports: Imports) -> None:
    for name in ("chatgpt.json", "openwebui.json", "librechat.json"):
        first = await fixture(imports, name)
        again = await fixture(imports, name)
        assert (again.created, again.updated, again.messages) == (0, 0, 0)
        assert again.present == first.created
    assert (await fixture(imports, "librechat.json")).present == 1
    # another user's are another's
    raw = (FIXTURES / "librechat.json").read_bytes()
    assert (await take(imports, raw, user="other")).created == 1


async def test_a_later_export_adds_what_is_new(rooms: Rooms, imports: Imports) -> None:
    file = json.loads((FIXTURES / "librechat.json").read_text())
    whole = file["messages"]
    file["messages"] = whole[:4]
    await take(imports, file)
    before = await tree(rooms, "Roses")
    assert before.leaf == "m4"
    file["messages"] = whole
    report = await take(imports, file)
    assert (report.created, report.updated, report.messages) == (0, 1, 2)
    grown = await tree(rooms, "Roses")
    assert grown.below["m4"] == ["m5", "m6"]
    assert grown.leaf == "m6"
    # one that went on here stays where it is
    await rooms.said(grown.chat.id, "mine")
    file["messages"] = [*whole, {**whole[3], "messageId": "m7", "parentMessageId": "m6"}]
    assert (await take(imports, file)).updated == 1
    after = await tree(rooms, "Roses")
    assert after.messages[after.leaf].content == "mine"


async def test_the_same_chat_twice_in_a_file_is_one(rooms: Rooms, imports: Imports) -> None:
    one = json.loads((FIXTURES / "librechat.json").read_text())
    report = await take(imports, [one, one, one])
    assert (report.created, report.present) == (1, 2)


async def test_imported_words_are_found(rooms: Rooms, imports: Imports) -> None:
    await fixture(imports, "librechat.json")
    hits = await rooms.search.find(USER, "prune")
    assert [hit.title for hit in hits] == ["Roses"]


def zipped(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


async def test_an_archive_is_read_for_its_conversations(rooms: Rooms, imports: Imports) -> None:
    chats = (FIXTURES / "chatgpt.json").read_bytes()
    files = {"user.json": b"{}", "chat.html": b"<html>", "export/conversations.json": chats}
    report = await take(imports, zipped(**files))
    assert (report.created, {one.file for one in report.problems}) == (3, {"export/conversations.json"})
    # of several programs' files, all
    many = {"a.json": (FIXTURES / "librechat.json").read_bytes(), "b.json": b"[", "c.txt": b"x"}
    report = await take(imports, zipped(**many))
    assert (report.created, report.failed, report.problems[0].file) == (1, 1, "b.json")


def with_files(**files: bytes) -> bytes:
    """Return an archive of ChatGPT's with its fixture's chats."""
    return zipped(**{"conversations.json": (FIXTURES / "chatgpt.json").read_bytes(), **files})


async def test_the_files_of_an_archive_become_attachments(rooms: Rooms, imports: Imports) -> None:
    picture = made.picture(size=(64, 48))
    archive = with_files(**{"file-AbC123-1b2c.jpeg": picture, "dalle/file-Other-x.webp": b"x", "a.png": b"y"})
    report = await take(imports, archive)
    assert (report.created, report.files, report.missing, report.incomplete) == (3, 1, 0, [])
    asked = (await tree(rooms, "Sorting plums")).messages["u1"]
    assert asked.content == "Which of these are ripe?"
    (file,) = [part for part in asked.parts if isinstance(part, FilePart)]
    assert (file.name, file.media_type, file.width, file.size) == ("plums.jpg", "image/png", 64, len(picture))
    assert (await rooms.files.original(USER, file.id))[1].read_bytes() == picture
    async with rooms.store.read() as tx:
        assert await tx.attachments.used(USER) == len(picture)
    again = await take(imports, archive)
    assert (again.present, again.files, again.missing) == (3, 0, 0)
    # kept once, and each one's own
    other = await take(imports, archive, user="other")
    assert (other.created, other.files) == (3, 1)
    async with rooms.store.read() as tx:
        assert file.id not in await tx.attachments.many("other", [file.id])


async def test_a_picture_of_an_answer_is_named_to_models(rooms: Rooms, imports: Imports) -> None:
    drawn = {"content_type": "image_asset_pointer", "asset_pointer": "sediment://file_00ab"}

    def node(key: str, role: str, parts: list[Any], parent: str | None, *below: str) -> dict[str, Any]:
        content = {"content_type": "multimodal_text", "parts": parts}
        message = {"id": key, "author": {"role": role}, "content": content, "recipient": "all"}
        return {"id": key, "message": message, "parent": parent, "children": [*below]}

    nodes = [node("q", "user", ["Draw"], None, "a"), node("a", "assistant", [drawn, "There."], "q")]
    chat = {"title": "Art", "conversation_id": "art", "mapping": {one["id"]: one for one in nodes}}
    archive = zipped(**{"conversations.json": json.dumps([chat]).encode(), "file_00ab.png": made.picture()})
    report = await take(imports, archive)
    assert (report.created, report.files) == (1, 1)
    answer = (await tree(rooms, "Art")).messages["a"]
    assert isinstance(answer.parts[1], FilePart)
    told = messages_for(None, [answer], rooms.telling.to("fake"))
    assert told == [{"role": "assistant", "content": "There.\n\n[file_00ab.png]"}]


async def test_pictures_within_records_become_attachments(rooms: Rooms, imports: Imports) -> None:
    picture = made.picture("WEBP", (30, 20))
    url = f"data:image/webp;base64,{base64.b64encode(picture).decode()}"
    file = json.loads((FIXTURES / "librechat.json").read_text())
    file["messages"][0]["content"] = [
        {"type": "text", "text": {"value": "What is it?"}},
        *[{"type": "image_url", "image_url": {"url": url}}] * 2,
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
    ]
    report = await take(imports, file)
    assert (report.created, report.files, report.missing) == (1, 1, 0)
    parts = (await tree(rooms, "Roses")).messages["m1"].parts
    files = [part for part in parts if isinstance(part, FilePart)]
    assert [(part.name, part.width) for part in files] == [("image.webp", 30)] * 2
    assert not any(isinstance(part, ImagePart) for part in parts)


async def test_files_that_cannot_come_leave_their_chats_whole(rooms: Rooms, imports: Imports) -> None:
    for data, why in (
        (b"no picture \x00\x01" * 20, "of no kind"),
        (made.picture()[:300], "cannot be opened"),
    ):
        report = await take(imports, with_files(**{"file-AbC123-x.png": data}), user=why)
        assert (report.created, report.files, report.missing) == (3, 0, 1)
        assert why in report.incomplete[0].reasons[0].message
        assert report.incomplete[0].title == "Sorting plums"
    rooms.files.user_bytes = 100
    report = await take(imports, with_files(**{"file-AbC123-x.png": made.picture()}))
    assert (report.created, report.missing) == (3, 1)
    assert "more than 100 bytes" in report.incomplete[0].reasons[0].message
    assert "*[Not imported: plums.jpg]*" in (await tree(rooms, "Sorting plums")).messages["u1"].content


async def test_a_hostile_file_of_an_archive_is_refused_or_left(
    rooms: Rooms, imports: Imports, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms.files.file_bytes = 10**9
    with pytest.raises(PayloadTooLarge, match="far more than it seems"):
        await take(imports, with_files(**{"file-AbC123.png": bytes(40_000_000)}))
    with pytest.raises(BadRequest):
        await take(imports, with_files(**{"../file-AbC123.png": made.picture()}))
    # its bytes are not what the archive says they are
    archive = bytearray(with_files(**{"file-AbC123.png": made.picture()}))
    at = archive.index(b"file-AbC123.png") + len("file-AbC123.png") + 40
    archive[at : at + 20] = bytes(20)
    report = await take(imports, bytes(archive), user="other")
    assert (report.created, report.missing) == (3, 1)
    assert "damaged" in report.incomplete[0].reasons[0].message
    monkeypatch.setattr("stellarchat.services.chats.importing.enclosing.AT_MOST", 0)
    report = await take(imports, with_files(**{"file-AbC123.png": made.picture()}), user="third")
    assert (report.created, report.files, report.missing, report.incomplete) == (3, 0, 1, [])


def inside(folder: pathlib.Path) -> list[str]:
    """Return what lies in a folder, the database's own files left out."""
    return sorted(one.name for one in folder.iterdir() if not one.name.startswith("stellarchat.db"))


@pytest.mark.parametrize(
    "name", ["../conversations.json", "/etc/x.json", "a/../../b.json", "C:\\x.json", "..\\conversations.json"]
)
async def test_an_archive_that_leads_outside_is_refused(
    rooms: Rooms, imports: Imports, tmp_path: pathlib.Path, name: str
) -> None:
    """Covers Open WebUI CVE-2024-6707 and Ollama CVE-2024-37032: entries of archives."""
    before = inside(tmp_path)
    with pytest.raises(BadRequest) as refused:
        await take(imports, zipped(**{name: b"[]"}))
    assert refused.value.param == "body"
    assert inside(tmp_path) == before


async def test_a_bomb_is_refused(rooms: Rooms, imports: Imports) -> None:
    bomb = zipped(**{"conversations.json": b"[" + b" " * 60_000_000 + b"]"})
    assert len(bomb) < 100_000
    with pytest.raises(PayloadTooLarge):
        await take(imports, bomb)


@pytest.mark.parametrize("body", [b"PK\x03\x04 nonsense", b"PK\x05\x06" + bytes(18)])
async def test_an_archive_without_anything_is_refused(rooms: Rooms, imports: Imports, body: bytes) -> None:
    with pytest.raises(BadRequest):
        await take(imports, body)


async def test_a_file_that_is_nothing_is_refused_or_told(rooms: Rooms, imports: Imports) -> None:
    with pytest.raises(BadRequest):
        await take(imports, b"")
    with pytest.raises(PayloadTooLarge):
        await take(imports, b" " * (4 * 1024 * 1024 + 1))
    for body in (b"hello", b"42", b'"x"', b"[1, 2", b'{"a": ', b"\xff\xfe[\x00]\x00", b"[\xff]"):
        report = await take(imports, body)
        assert report.created == 0
        assert report.failed >= 1
        assert report.problems[0].reasons[0].message


async def test_what_comes_before_the_break_is_kept(rooms: Rooms, imports: Imports) -> None:
    one = (FIXTURES / "librechat.json").read_bytes()
    report = await take(imports, b"\xef\xbb\xbf[" + one + b', {"conversationId": "lc-9", "messages": [')
    assert (report.created, report.failed) == (1, 1)
    assert report.problems[0].index == 2


async def test_a_later_version_of_our_format_is_not_guessed_at(rooms: Rooms, imports: Imports) -> None:
    report = await take(imports, {"format": "stellarchat.chats", "version": 2, "chats": [{"id": "x"}]})
    assert (report.created, report.failed) == (0, 1)
    assert "update it" in report.problems[0].reasons[0].message


async def test_a_wrong_field_of_our_format_is_named(rooms: Rooms, imports: Imports) -> None:
    chat = {"id": "x", "title": 1, "title_by": "person", "active_leaf_id": None, "messages": []}
    report = await take(imports, {"format": "stellarchat.chats", "version": 1, "chats": [chat]})
    assert "title" in report.problems[0].reasons[0].message


def test_a_record_that_is_too_large_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the bound is made small: all else is as it is with a file of gigabytes."""
    monkeypatch.setattr(records, "RECORD_BYTES", 200_000)
    small, large = {"a": [1, {"b": "c"}]}, {"words": ["x" * 90_000] * 4}
    file = json.dumps({"format": "f", "chats": [small, large, small], "after": [1]}).encode()
    found = list(records.records(io.BytesIO(file)))
    assert [(one.index, one.value) for one in found] == [(1, small), (2, None), (3, small)]
    assert found[0].head == {"format": "f"}
    assert found[1].problem is not None
    deep = b"[" + b"[" * 100_000 + b"]" * 100_000 + b', {"a": 1}]'
    assert [one.value for one in records.records(io.BytesIO(deep))] == [None, {"a": 1}]
    # one endless text is not gathered either
    endless = b'[{"a": "' + b"x" * 1_000_000 + b'"}, {}]'
    (only,) = records.records(io.BytesIO(endless))
    assert only.problem is not None
