import asyncio

import pytest

from stellarchat.core.messages import Message, MessageStatus, Role, TextPart, ThinkingPart
from stellarchat.core.records import SearchHit, Sieve
from stellarchat.store import Store
from tests.store.samples import add_chat, add_messages, answer, moment, said

HOSTILE = [
    "",
    " ",
    '"',
    "'",
    "'; DROP TABLE chat; --",
    'text" OR "1',
    "text*",
    "text NEAR/2 text",
    "tokens:text",
    "NOT text",
    "text AND",
    "text OR OR",
    "-text +text ~text <text >text @4",
    "(text",
    "text)",
    "te%t _ext",
    "text:* & !text | (text <-> text)",
    "\\",
    "{text} [text] ^text",
    "text\x00text",
    "\ud83d text",
    "text " * 20_000,
    "文" * 20_000,
    "🚀",
    "𠀀",
    "१२३ हिन्दी",
    "ﷺ ŉ ẞ İ",
]
CHINESE = "我想学习机器学习和深度学习，用GPT模型写代码"


async def search(store: Store, query: str, user_id: str = "ann", limit: int = 20) -> list[SearchHit]:
    async with store.read() as tx:
        return await tx.search.query(user_id, query, limit)


async def soon(store: Store, query: str) -> list[SearchHit]:
    """Search until there is a hit: InnoDB overlooks some for a moment while it tidies its index."""
    async with asyncio.timeout(20):
        while not (found := await search(store, query)):
            await asyncio.sleep(0.05)
    return found


async def write(store: Store, *texts: str) -> list[Message]:
    chat = await add_chat(store)
    made = [said(chat.id, text, at=number) for number, text in enumerate(texts)]
    await add_messages(store, *made)
    return made


async def test_chinese_is_found_from_one_character_on(store: Store) -> None:
    made, _ = await write(store, CHINESE, "别的内容 something else")
    written = "学 学习 机器学习 机器 器学 码 gpt GPT模型 gp 写代码 用GPT 模型写".split()
    for query in [*written, "学习 代码"]:
        assert [hit.message_id for hit in await search(store, query)] == [made.id], query
    for query in [*"习学 猫 学习机会 型模 pt GPT写".split(), "学习 猫"]:
        assert await search(store, query) == [], query


async def test_words_are_found_in_any_case_and_the_last_one_by_its_beginning(store: Store) -> None:
    made, other = await write(store, "The Quick Café of Ångström", "Slow and steady")
    for query in ("quick", "QUICK caf", "the", "of", "angs", "quick of the"):
        assert [hit.message_id for hit in await search(store, query)] == [made.id], query
    assert [hit.message_id for hit in await search(store, "st")] == [other.id]
    assert await search(store, "qui caf") == []
    assert await search(store, "quick slow") == []


async def test_a_hit_says_where_it_is(store: Store) -> None:
    chat = await add_chat(store, title="Rockets <1>", at=1)
    made = said(chat.id, "Which <rocket> & why?", at=2)
    await add_messages(store, made)
    hits = {hit.message_id: hit for hit in await search(store, "rocket")}
    assert set(hits) == {None, made.id}
    assert hits[made.id].snippet == "Which &lt;<mark>rocket</mark>&gt; &amp; why?"
    assert hits[made.id].title == "Rockets <1>"
    assert hits[made.id].title_html == "<mark>Rockets</mark> &lt;1&gt;"
    assert (hits[made.id].role, hits[made.id].timestamp) == (Role.USER, moment(2))
    assert hits[None].snippet == hits[None].title_html
    assert (hits[None].role, hits[None].timestamp) == (None, moment(1))
    assert all(hit.chat_id == chat.id and hit.score > 0 for hit in hits.values())


async def test_the_better_hit_comes_first(store: Store) -> None:
    filler = "and some other words that say nothing at all about it whatever one may look for " * 3
    once, often, *_ = await write(
        store,
        "pelican " + filler,
        "pelican pelican pelican pelican " + filler,
        *(f"number {number} of unrelated things" for number in range(8)),
    )
    assert [hit.message_id for hit in await search(store, "pelican")] == [often.id, once.id]


async def test_a_title_is_better_than_a_message(store: Store) -> None:
    await write(store, "about pelicans today", *(f"unrelated {number}" for number in range(8)))
    titled = await add_chat(store, title="about pelicans today")
    found = await search(store, "pelicans")
    assert [hit.message_id is None for hit in found] == [True, False]
    assert found[0].chat_id == titled.id


async def test_newer_ones_come_first_among_equals(store: Store) -> None:
    made = await write(store, *["the very same words"] * 4)
    assert [hit.message_id for hit in await search(store, "same", limit=3)] == [
        one.id for one in reversed(made[1:])
    ]


async def test_the_index_follows_changes(store: Store) -> None:
    chat = await add_chat(store, title="old title")
    made = said(chat.id, "old text")
    await add_messages(store, made)
    made.parts = [TextPart("new "), ThinkingPart("secret"), TextPart("text")]
    async with store.transaction() as tx:
        await tx.messages.update(made)
        await tx.chats.update("ann", chat.id, {"title": "new title"})
    assert await search(store, "old") == []
    assert await search(store, "secret") == []
    assert {hit.message_id for hit in await search(store, "new")} == {None, made.id}


async def test_an_answer_is_found_when_it_is_finished(store: Store) -> None:
    chat = await add_chat(store)
    reply = answer(chat.id, None)
    await add_messages(store, reply)
    reply.parts, reply.status = [TextPart("half of it")], MessageStatus.STREAMING
    async with store.transaction() as tx:
        await tx.messages.update(reply)
    assert await search(store, "half") == []
    reply.status = MessageStatus.COMPLETE
    async with store.transaction() as tx:
        await tx.messages.update(reply)
    assert [hit.role for hit in await search(store, "half")] == [Role.ASSISTANT]


async def test_nobody_finds_the_chats_of_others_or_deleted_ones(store: Store) -> None:
    made, *_ = await write(store, "private matter")
    assert await search(store, "private", "bob") == []
    async with store.transaction() as tx:
        await tx.chats.delete("ann", made.chat_id)
    assert await search(store, "private") == []
    async with store.transaction() as tx:
        await tx.chats.restore("ann", made.chat_id)
    assert len(await search(store, "private")) == 1


async def test_whatever_is_typed_is_only_words(store: Store) -> None:
    await write(store, "some text here", "文字 text")
    for query in HOSTILE:
        assert len(await search(store, query)) <= 2, query
        assert len(await search(store, "text")) == 2, query


async def test_strange_texts_are_found_again(store: Store) -> None:
    texts = ["ﷺ salla", "𠀀𠀁𠀂", "हिन्दी भाषा", "İstanbul", "o'clock \\n", "ŉgoma", "a" * 5000, "x²y³"]
    made = await write(store, *texts)
    for message in made:
        assert message.id in [hit.message_id for hit in await search(store, message.content)], message.content


async def test_a_very_long_text_is_found_to_its_end_and_counts_once(store: Store) -> None:
    text = "".join(f"word{number} often{number % 50} " for number in range(9000)) + "末尾"
    (made,) = await write(store, text)
    for query in ("word0", "word4321", "word8999", "末尾"):
        hits = await soon(store, query)
        assert [hit.message_id for hit in hits] == [made.id]
        assert f"<mark>{query}" in hits[0].snippet
    assert len(await soon(store, "often7")) == 1
    # across the seam of two pieces
    assert len(await soon(store, "word1999-often49-word2000-often0-word2001")) == 1


async def test_a_long_run_of_chinese_is_found(store: Store) -> None:
    text = "".join(chr(0x4E00 + number % 5000) for number in range(30_000))
    (made,) = await write(store, text)
    assert [hit.message_id for hit in await soon(store, text[4990:5010])] == [made.id]
    assert [hit.message_id for hit in await soon(store, text[3995:4010])] == [made.id]


async def test_an_old_title_wins_over_any_number_of_newer_messages(store: Store) -> None:
    old = await add_chat(store, title="Pelicans", at=0)
    chat = await add_chat(store, at=1)
    await add_messages(store, *(said(chat.id, f"pelicans, {number}", at=number) for number in range(1, 150)))
    found = await search(store, "pelican", limit=5)
    assert [(hit.chat_id, hit.message_id is None) for hit in found[:2]] == [(old.id, True), (chat.id, False)]
    assert len(found) == 5


async def test_titles_leave_half_of_the_places_to_messages(store: Store) -> None:
    for number in range(4):
        await add_chat(store, title=f"Pelicans {number}", at=number)
    assert len(await search(store, "pelicans", limit=3)) == 3
    made = await write(store, "one pelicans", "two pelicans")
    found = await search(store, "pelicans", limit=4)
    assert [hit.message_id for hit in found] == [None, None, made[1].id, made[0].id]
    assert [hit.message_id is None for hit in await search(store, "pelicans", limit=6)] == [True] * 4 + [
        False
    ] * 2


async def test_whole_words_come_before_begun_ones(store: Store) -> None:
    whole, _ = await write(store, "one cat among many other words that are all here", "cats cats cats")
    assert [hit.message_id for hit in await search(store, "cat", limit=1)] == [whole.id]


async def test_what_lies_behind_the_newest_is_found_by_the_index(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = await write(store, "机器学习 quick foxes", "quick foxes")
    theirs = await add_chat(store, "bob", at=50)
    await add_messages(store, said(theirs.id, "quick foxes 机器", at=50))
    await write(store, *(f"nothing {number}" for number in range(5)))
    monkeypatch.setattr("stellarchat.store.search._NEAR", 3)
    for query in ("quick", "qui", "quick fox", "foxes"):
        assert {hit.message_id for hit in await search(store, query)} == {one.id for one in old}, query
    for query in ("机", "器学", "机器学习 quick"):
        assert [hit.message_id for hit in await search(store, query)] == [old[0].id], query
    assert len(await search(store, "foxes", "bob")) == 1


async def test_filters_hold_for_messages_and_titles(store: Store) -> None:
    work = await add_chat(store, title="Foxes", at=10, folder="Work", model="m1")
    home = await add_chat(store, title="Foxes", at=20, model="m2")
    asked = said(work.id, "foxes?", at=10)
    reply = said(work.id, "foxes!", at=11, role=Role.ASSISTANT, model="m2")
    await add_messages(store, asked, reply, said(home.id, "foxes", at=20))
    async with store.transaction() as tx:
        await tx.chats.update("ann", home.id, {"archived_at": moment(30)})

    async def found(sieve: Sieve) -> set[tuple[str, str | None]]:
        async with store.read() as tx:
            return {(hit.chat_id, hit.message_id) for hit in await tx.search.query("ann", "foxes", 20, sieve)}

    of_work = {(work.id, None), (work.id, asked.id), (work.id, reply.id)}
    assert await found(Sieve(folder="Work")) == of_work
    assert await found(Sieve(archived=False)) == of_work
    assert await found(Sieve(role=Role.ASSISTANT)) == {(work.id, reply.id)}
    assert await found(Sieve(model="m1")) == {(work.id, None)}
    assert await found(Sieve(model="m2", folder="Work")) == {(work.id, reply.id)}
    assert await found(Sieve(since=moment(11), until=moment(15))) == {(work.id, reply.id)}
    assert await found(Sieve(until=moment(11), role=Role.USER)) == {(work.id, asked.id)}
