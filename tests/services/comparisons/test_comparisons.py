"""Several models over a real store and a fake engine: whose turn it is, votes, and what survives."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from stellarchat.core.comparisons import Outcome
from stellarchat.core.errors import BadRequest, NotFound
from stellarchat.core.messages import MessageStatus
from stellarchat.services.answers.generation import Generation
from stellarchat.services.answers.turns import Turn
from stellarchat.services.comparisons.comparisons import Comparisons, Shown
from tests.fake_engine import Fake, running_fake
from tests.services.rooms import USER, Rooms, furnished
from tests.services.targets import target
from tests.waiting import eventually


class Machine:
    """Says which models run, and how many of them fit beside one another."""

    def __init__(self) -> None:
        self.running: set[str] = {"a", "b", "c"}
        self.room = True

    def runs(self, model: str) -> bool:
        return model in self.running

    async def fits(self, model: str) -> bool:
        return self.room


@pytest.fixture
async def fake() -> AsyncIterator[Fake]:
    async with running_fake() as engine:
        yield engine


@pytest.fixture
async def rooms(tmp_path: Path, fake: Fake) -> AsyncIterator[Rooms]:
    async with furnished(tmp_path, fake) as made:
        for name in "abc":
            made.gateway.endpoints[name] = target(fake)
        yield made


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def comparisons(rooms: Rooms, machine: Machine) -> Comparisons:
    return Comparisons(rooms.store, rooms.chats, rooms.generations, machine.runs, machine.fits)


def asking(content: str = "hi [[fake tokens=3]]", **fields: Any) -> Turn:
    return Turn(user_id=USER, content=content, **fields)


def live(rooms: Rooms, shown: Shown) -> list[Generation]:
    found = [rooms.generations.live(one.generation_id or "") for one in shown.answers]
    return [one for one in found if one is not None]


async def ended(rooms: Rooms, comparisons: Comparisons, shown: Shown) -> Shown:
    for one in live(rooms, shown):
        await one.finished()
    return await comparisons.get(USER, shown.comparison.id)


async def test_each_answer_is_a_sibling_by_its_model(rooms: Rooms, comparisons: Comparisons) -> None:
    shown = await ended(rooms, comparisons, await comparisons.begin(asking(), ["a", "b", "c"]))
    assert [one.model for one in shown.answers] == ["a", "b", "c"]
    assert {one.parent_id for one in shown.answers} == {shown.question.id}
    assert shown.siblings[shown.question.id] == [one.id for one in shown.answers]
    assert {one.status for one in shown.answers} == {MessageStatus.COMPLETE}
    chat = await rooms.chats.open(USER, shown.comparison.chat_id)
    # the chat goes on below the one that is chosen
    chosen = shown.answers[0].id
    await rooms.chats.update(USER, chat.chat.id, {"active_leaf": chosen})
    following = await comparisons.begin(asking(chat_id=chat.chat.id), ["a", "b"])
    assert following.question.parent_id == chosen


async def test_models_that_do_not_fit_together_answer_in_turn(
    rooms: Rooms, comparisons: Comparisons, machine: Machine
) -> None:
    machine.running, machine.room = {"a"}, False
    shown = await comparisons.begin(asking("hi [[fake tokens=4000 delay=5]]"), ["a", "b", "c"])
    first, second, third = live(rooms, shown)
    await eventually(lambda: first.wrote)
    await eventually(lambda: second.last_seq > 0 and third.last_seq > 0)
    assert second.instance is None
    assert third.instance is None
    # one that waits is stopped like any other, and lets those behind it go on
    await rooms.generations.stop(second.id, USER)
    assert not third.done
    await rooms.generations.stop(first.id, USER)
    await eventually(lambda: third.wrote)
    stopped = await comparisons.stop(USER, shown.comparison.id)
    assert {one.status for one in stopped.answers} == {MessageStatus.STOPPED}


async def test_models_that_fit_together_answer_at_once(
    rooms: Rooms, comparisons: Comparisons, machine: Machine
) -> None:
    machine.running = set()
    shown = await comparisons.begin(asking("hi [[fake tokens=4000 delay=5]]"), ["a", "b"])
    first, second = live(rooms, shown)
    await eventually(lambda: first.wrote and second.wrote)
    assert not first.done
    await comparisons.stop(USER, shown.comparison.id)


async def test_one_answer_is_made_anew_in_its_place(rooms: Rooms, comparisons: Comparisons) -> None:
    shown = await ended(rooms, comparisons, await comparisons.begin(asking(), ["a", "b"]))
    old = shown.answers[1].id
    again = await ended(rooms, comparisons, await comparisons.again(USER, shown.comparison.id, old))
    assert [one.model for one in again.answers] == ["a", "b"]
    assert again.answers[1].id not in (old, again.answers[0].id)
    assert len(again.siblings[again.question.id]) == 3
    with pytest.raises(BadRequest):
        await comparisons.again(USER, shown.comparison.id, old)


async def test_votes_are_kept_and_counted_for_their_user(rooms: Rooms, comparisons: Comparisons) -> None:
    """SECURITY: another user's comparison does not exist."""
    shown = await ended(rooms, comparisons, await comparisons.begin(asking(), ["a", "b"], blind=True))
    assert sorted(shown.comparison.models) == ["a", "b"]
    place = shown.comparison.models.index("b")
    voted = await comparisons.vote(USER, shown.comparison.id, Outcome.BAD)
    assert (voted.comparison.outcome, voted.comparison.winner) == (Outcome.BAD, None)
    best = shown.answers[place].id
    voted = await comparisons.vote(USER, shown.comparison.id, Outcome.WINNER, best)
    assert voted.comparison.winner == place
    table, votes = await comparisons.standings(USER)
    assert votes == 1
    assert [(one.model, one.wins, one.losses) for one in table] == [("b", 1, 0), ("a", 0, 1)]
    for outcome, answer_id in ((Outcome.WINNER, None), (Outcome.TIE, best), (Outcome.WINNER, "nothing")):
        with pytest.raises(BadRequest):
            await comparisons.vote(USER, shown.comparison.id, outcome, answer_id)
    assert (await comparisons.standings("ann"))[1] == 0
    with pytest.raises(NotFound):
        await comparisons.get("ann", shown.comparison.id)
    # the vote outlives the chat
    await rooms.chats.delete(USER, shown.comparison.chat_id)
    with pytest.raises(NotFound):
        await comparisons.get(USER, shown.comparison.id)
    assert (await comparisons.standings(USER))[1] == 1


@pytest.mark.parametrize("models", [["a"], ["a", "a"], ["a", "b", "c", "d", "e"]])
async def test_two_to_four_different_models_are_compared(comparisons: Comparisons, models: list[str]) -> None:
    with pytest.raises(BadRequest) as caught:
        await comparisons.begin(asking(), models)
    assert caught.value.param == "models"
