"""Usage, ratings, what was done, limits of users and logins from elsewhere."""

from datetime import date, timedelta

import msgspec
import pytest

from stellarchat.core.audit import AuditEvent, AuditQuery
from stellarchat.core.errors import BadRequest, Conflict
from stellarchat.core.ids import new_id
from stellarchat.core.quotas import Quota
from stellarchat.core.ratings import Opinion, Rating, RatingQuery, Thumb
from stellarchat.core.usage import Spent, Usage, UsageQuery
from stellarchat.store import Store
from tests.store.samples import add_chat, add_messages, moment, said

MONDAY = date(2026, 11, 23)
TUESDAY = MONDAY + timedelta(days=1)


def line(user: str, model: str, day: date = MONDAY, **counted: float) -> Usage:
    return Usage(user_id=user, model=model, day=day, **{"requests": 1} | counted)  # type: ignore[arg-type]


async def test_usage_adds_up_however_often_it_is_written(store: Store) -> None:
    one = line("ann", "demo", prompt_tokens=10, cached_tokens=4, completion_tokens=5, seconds=0.5)
    huge = line("bob", "千问", TUESDAY, prompt_tokens=2**40, errors=1)
    for _ in range(2):
        # a line twice in one call too
        await store.write(lambda tx: tx.usage.add([one, one, huge]))
    async with store.read() as tx:
        found = await tx.usage.sums(UsageQuery(), 10)
        assert found == [
            line(
                "ann", "demo", requests=4, prompt_tokens=40, cached_tokens=16, completion_tokens=20, seconds=2
            ),
            line("bob", "千问", TUESDAY, requests=2, prompt_tokens=2**41, errors=2),
        ]
        assert (await tx.usage.of_day("ann", MONDAY)).tokens == 60
        assert await tx.usage.of_day("ann", TUESDAY) == Spent()


async def test_usage_is_grouped_and_filtered(store: Store) -> None:
    lines = [
        line("ann", "a", prompt_tokens=1),
        line("ann", "b", prompt_tokens=5),
        line("ann", "a", TUESDAY, prompt_tokens=2),
        line("bob", "a", TUESDAY, completion_tokens=3),
    ]
    await store.write(lambda tx: tx.usage.add(lines))

    async def sums(limit: int = 10, **query: object) -> list[tuple[object, int]]:
        async with store.read() as tx:
            found = await tx.usage.sums(UsageQuery(**query), limit)  # type: ignore[arg-type]
        return [(one.day or one.user_id or one.model, one.tokens) for one in found]

    assert await sums(by=("user",)) == [("ann", 8), ("bob", 3)]
    assert await sums(by=("model",)) == [("a", 6), ("b", 5)]
    assert await sums(by=("day",)) == [(MONDAY, 6), (TUESDAY, 5)]
    assert await sums(by=()) == [(None, 11)]
    assert await sums(by=("user",), first=TUESDAY, last=TUESDAY) == [("bob", 3), ("ann", 2)]
    assert await sums(by=("model",), user_id="ann") == [("b", 5), ("a", 3)]
    assert await sums(by=("user",), model="b") == [("ann", 5)]
    assert await sums(by=("model",), limit=1) == [("a", 6)]
    assert await sums(by=(), user_id="nobody") == []


async def test_a_very_long_name_of_a_model_is_cut(store: Store) -> None:
    await store.write(lambda tx: tx.usage.add([line("ann", "x" * 400), line("ann", "x" * 300)]))
    async with store.read() as tx:
        (found,) = await tx.usage.sums(UsageQuery(), 10)
    assert (found.model, found.requests) == ("x" * 255, 2)


async def rated(store: Store, user: str = "ann", at: float = 0, **fields: object) -> Rating:
    """Store a chat with one message and a rating of it."""
    chat = await add_chat(store, user)
    message = said(chat.id, "hello", at=at)
    await add_messages(store, message)
    rating = Rating(
        message_id=message.id,
        user_id=user,
        chat_id=chat.id,
        **{"model": "demo", "thumb": Thumb.UP, "created_at": moment(at), "updated_at": moment(at)} | fields,  # type: ignore[arg-type]
    )
    async with store.transaction() as tx:
        assert await tx.ratings.put(rating) == rating
    return rating


async def test_a_rating_is_replaced_and_withdrawn(store: Store) -> None:
    first = await rated(store, reason="helpful", comment="好 👍")
    changed = msgspec.structs.replace(
        first, thumb=Thumb.DOWN, reason=None, created_at=moment(9), updated_at=moment(9)
    )
    async with store.transaction() as tx:
        kept = await tx.ratings.put(changed)
        assert (kept.created_at, kept.updated_at) == (moment(0), moment(9))
        assert await tx.ratings.get("ann", first.message_id) == kept
        assert await tx.ratings.of_chat("ann", first.chat_id) == [kept]
        assert await tx.ratings.of_chat("bob", first.chat_id) == []
        assert await tx.ratings.remove("ann", first.message_id)
        assert not await tx.ratings.remove("ann", first.message_id)
        assert await tx.ratings.get("ann", first.message_id) is None


async def test_ratings_are_listed_filtered_and_counted(store: Store) -> None:
    good = [await rated(store, at=second) for second in range(3)]
    bad = await rated(store, "bob", at=5, thumb=Thumb.DOWN, reason="slow", model="other")
    gone = await rated(store, at=7)
    async with store.transaction() as tx:
        await tx.chats.delete("ann", gone.chat_id)
    async with store.read() as tx:
        first = await tx.ratings.newest(RatingQuery(), limit=2)
        assert first.items == [bad, good[2]]
        rest = await tx.ratings.newest(RatingQuery(), first.next_cursor, limit=2)
        assert (rest.items, rest.next_cursor) == ([good[1], good[0]], None)
        for query in (
            RatingQuery(thumb=Thumb.DOWN),
            RatingQuery(model="other"),
            RatingQuery(user_id="bob"),
            RatingQuery(reason="slow"),
        ):
            assert (await tx.ratings.newest(query)).items == [bad]
        assert await tx.ratings.opinions(RatingQuery()) == [Opinion("demo", 3, 0), Opinion("other", 0, 1)]
        with pytest.raises(BadRequest, match="cursor"):
            await tx.ratings.newest(RatingQuery(), "nonsense")


async def test_a_rating_goes_with_its_chat_and_needs_a_message(store: Store) -> None:
    rating = await rated(store)
    with pytest.raises(Conflict):
        async with store.transaction() as tx:
            await tx.ratings.put(msgspec.structs.replace(rating, message_id=new_id()))
    async with store.transaction() as tx:
        await tx.chats.delete("ann", rating.chat_id)
    async with store.transaction() as tx:
        await tx.chats.purge(moment(10**9), 10)
    async with store.read() as tx:
        assert await tx.ratings.get("ann", rating.message_id) is None


def event(action: str, at: float, **fields: object) -> AuditEvent:
    return AuditEvent(id=new_id(), action=action, at=moment(at), **fields)  # type: ignore[arg-type]


async def test_what_was_done_is_appended_filtered_and_forgotten(store: Store) -> None:
    events = [
        event("auth.login", 0, user_id="ann", user_name="Ann", address="::1"),
        event("auth.login", 1, user_name="mallory", status=401),
        event("instance.start", 2, user_id="ann", target="demo", detail={"n_gpu": 2}),
        event("authority", 3),
    ]
    await store.write(lambda tx: tx.audit.add(events))
    async with store.read() as tx:
        first = await tx.audit.newest(AuditQuery(), limit=3)
        rest = await tx.audit.newest(AuditQuery(), first.next_cursor, limit=3)
        assert first.items + rest.items == events[::-1]

        async def found(**query: object) -> list[AuditEvent]:
            return (await tx.audit.newest(AuditQuery(**query))).items[::-1]  # type: ignore[arg-type]

        assert await found(action="auth") == events[:2]
        assert await found(action="auth.login", failed=True) == [events[1]]
        assert await found(failed=False, user_id="ann") == [events[0], events[2]]
        assert await found(since=moment(1), until=moment(3)) == events[1:3]
    async with store.transaction() as tx:
        assert await tx.audit.forget(moment(2), 1) == 1
        assert await tx.audit.forget(moment(2), 10) == 1
        assert (await tx.audit.newest(AuditQuery())).items == events[:1:-1]


async def test_limits_of_a_user_come_and_go(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.quotas.put("ann", Quota(tokens_per_day=2**40, concurrent=0))
        await tx.quotas.put("bob", Quota(requests_per_minute=3))
        await tx.quotas.put("bob", Quota())
    async with store.read() as tx:
        assert await tx.quotas.all() == {"ann": Quota(tokens_per_day=2**40, concurrent=0)}


async def test_a_subject_of_another_provider_means_one_user(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.identities.link("https://a", "1", "ann")
        await tx.identities.link("https://b", "1", "bob")
        assert await tx.identities.user("https://a", "1") == "ann"
        assert await tx.identities.user("https://b", "1") == "bob"
        assert await tx.identities.user("https://a", "2") is None
        with pytest.raises(BadRequest, match="subject"):
            await tx.identities.link("https://a", "s" * 256, "ann")
