"""Comparisons on each database."""

import msgspec
import pytest

from stellarchat.core.comparisons import Comparison, Outcome
from stellarchat.core.errors import NotFound
from stellarchat.core.ids import new_id
from stellarchat.store import Store
from tests.store.samples import moment


def comparison(user_id: str = "ann", *, at: float = 0, blind: bool = False) -> Comparison:
    return Comparison(
        id=new_id(),
        user_id=user_id,
        chat_id=new_id(),
        message_id=new_id(),
        models=["a", "千问"],
        answers=[new_id(), new_id()],
        blind=blind,
        created_at=moment(at),
    )


async def test_comparisons_are_each_users_own_and_outlive_their_chats(store: Store) -> None:
    first, second, his = comparison(), comparison(at=1, blind=True), comparison("bob")
    async with store.transaction() as tx:
        for one in (first, second, his):
            await tx.comparisons.save(one)
        assert await tx.comparisons.get("ann", second.id) == second
        with pytest.raises(NotFound) as missing:
            await tx.comparisons.get("ann", his.id)
        assert missing.value.param == "comparison_id"
        assert await tx.comparisons.list("ann", 10) == [second, first]
        assert await tx.comparisons.list("ann", 1) == [second]
        assert await tx.comparisons.voted("ann") == []
        voted = msgspec.structs.replace(second, outcome=Outcome.WINNER, winner=1, voted_at=moment(2))
        await tx.comparisons.save(voted)
    async with store.read() as tx:
        assert await tx.comparisons.voted("ann") == [voted]
        assert await tx.comparisons.voted("bob") == []
