"""Asking several models the same, and keeping which answer was liked best."""

import asyncio
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from stellarchat.core.comparisons import Comparison, Outcome, Standing, Vote, standings
from stellarchat.core.errors import BadRequest, NotFound, StellarChatError
from stellarchat.core.ids import new_id
from stellarchat.core.messages import NAMELESS, Message
from stellarchat.services.answers.generation import Generation, Siblings
from stellarchat.services.answers.generations import Generations
from stellarchat.services.answers.turns import Turn
from stellarchat.services.chats.chats import Chats
from stellarchat.services.comparisons.turns import Fits, Running, Turns
from stellarchat.store.database import Store

LEAST, MOST = 2, 4
"""Models of one comparison."""
LISTED = 50


class Shown(msgspec.Struct, frozen=True):
    """A comparison with its messages as they are now, the answers in their places."""

    comparison: Comparison
    question: Message
    answers: list[Message]
    siblings: Siblings


class Comparisons:
    """The comparisons of all users; another user's does not exist."""

    def __init__(
        self, store: Store, chats: Chats, generations: Generations, running: Running, fits: Fits
    ) -> None:
        self._store, self._chats, self._generations = store, chats, generations
        self._running, self._fits = running, fits

    async def begin(
        self, turn: Turn, models: Sequence[str] = (), *, blind: bool = False, follows: str | None = None
    ) -> Shown:
        """Ask each of the models what `turn` says, each answer a sibling of the others.

        Without a chat one is made. `blind` shuffles the places and keeps the names back until the vote.
        `follows` is a comparison whose models are asked where none are named: nobody else may know them.
        Raises BadRequest naming the field, NotFound, BranchBusy.
        """
        if follows is not None and not models:
            models = (await self._found(turn.user_id, follows)).models
        if not LEAST <= len(models) <= MOST:
            raise BadRequest(
                f"models must be {LEAST} to {MOST}.",
                param="models",
                sentence="compare_count",
                values={"least": LEAST, "most": MOST},
            )
        if len(set(models)) != len(models):
            raise BadRequest("Each model can be compared once.", param="models", sentence="compare_twice")
        places = list(models)
        if blind:
            secrets.SystemRandom().shuffle(places)
        if turn.chat_id is None:
            fields = {"system_prompt": turn.system_prompt} if turn.system_prompt else {}
            made = await self._chats.create(turn.user_id, fields)
            turn = msgspec.structs.replace(turn, chat_id=made.chat.id)
        turn = msgspec.structs.replace(turn, nameless=blind)
        # whoever asked may leave: all of them are asked, and it is kept that they are one comparison
        return await asyncio.shield(self._begin(turn, places, blind))

    async def _begin(self, turn: Turn, models: list[str], blind: bool) -> Shown:
        turns = Turns(self._running, self._fits)
        first = await self._ask(turns, msgspec.structs.replace(turn, model=models[0]))
        question = first.user_message
        assert first.message is not None
        question_id = first.message.parent_id
        answers = [first]
        again = Turn(
            user_id=turn.user_id,
            chat_id=turn.chat_id,
            parent_id=question_id,
            system_prompt=turn.system_prompt,
            params=turn.params,
            nameless=turn.nameless,
        )
        try:
            for model in models[1:]:
                answers.append(await self._ask(turns, msgspec.structs.replace(again, model=model)))
        except StellarChatError:
            # a limit, or the end of the server: one answer alone compares nothing
            await asyncio.gather(*(self._generations.stop(one.id, turn.user_id) for one in answers))
            raise
        comparison = Comparison(
            id=new_id(),
            user_id=turn.user_id,
            chat_id=first.message.chat_id,
            message_id=question.id if question else question_id or "",
            models=models,
            answers=[one.message.id for one in answers if one.message],
            blind=blind,
            created_at=datetime.now(UTC),
        )
        async with self._store.transaction() as tx:
            await tx.comparisons.save(comparison)
        return await self._shown(comparison)

    async def _ask(self, turns: Turns, turn: Turn) -> Generation:
        turn = msgspec.structs.replace(turn, gate=turns.mine, joins=turns.join)
        generation = await self._generations.begin(turn)
        assert generation.message is not None
        return generation

    async def get(self, user_id: str, comparison_id: str) -> Shown:
        """Return one with its messages. Raises NotFound, also where its chat is gone."""
        return await self._shown(await self._found(user_id, comparison_id))

    async def list(self, user_id: str) -> Sequence[Comparison]:
        """Return the newest ones."""
        async with self._store.read() as tx:
            return await tx.comparisons.list(user_id, LISTED)

    async def vote(
        self, user_id: str, comparison_id: str, outcome: Outcome, answer_id: str | None = None
    ) -> Shown:
        """Keep what is thought of the answers; it takes the place of an earlier vote. Names are told now.

        Raises NotFound, BadRequest where a winner is not one of the answers.
        """
        comparison = await self._found(user_id, comparison_id)
        if (outcome is Outcome.WINNER) != (answer_id is not None):
            raise BadRequest("A winner has an answer_id, and only a winner.", param="answer_id")
        winner = None if answer_id is None else _place(comparison, answer_id)
        voted = msgspec.structs.replace(
            comparison, outcome=outcome, winner=winner, voted_at=datetime.now(UTC)
        )
        async with self._store.transaction() as tx:
            await tx.comparisons.save(voted)
            # with those that others have taken the place of
            answers = await tx.messages.children(voted.chat_id, voted.message_id)
            await tx.messages.name(voted.chat_id, answers)
        for one in self._writing(voted):
            assert one.message is not None
            one.message.metadata = {k: v for k, v in one.message.metadata.items() if k != NAMELESS}
        return await self._shown(voted)

    async def again(self, user_id: str, comparison_id: str, answer_id: str) -> Shown:
        """Have one of the answers made anew, in its place. Raises NotFound, BadRequest."""
        comparison = await self._found(user_id, comparison_id)
        place = _place(comparison, answer_id)
        turns = Turns(self._running, self._fits, self._writing(comparison))
        generation = await self._ask(
            turns,
            Turn(
                user_id=user_id,
                chat_id=comparison.chat_id,
                parent_id=comparison.message_id,
                model=comparison.models[place],
                nameless=comparison.blind and comparison.outcome is None,
            ),
        )
        assert generation.message is not None
        async with self._store.transaction() as tx:
            now = await tx.comparisons.get(user_id, comparison_id)
            now.answers[place] = generation.message.id
            await tx.comparisons.save(now)
        return await self._shown(now)

    async def stop(self, user_id: str, comparison_id: str) -> Shown:
        """Stop all answers that are being written; returns when they are stored. Raises NotFound."""
        comparison = await self._found(user_id, comparison_id)
        running = self._writing(comparison)
        await asyncio.gather(*(self._generations.stop(one.id, user_id) for one in running))
        return await self._shown(comparison)

    async def standings(self, user_id: str | None) -> tuple[Sequence[Standing], int]:
        """Return how models stand by a user's votes (None: by all), best first, and how many these are."""
        async with self._store.read() as tx:
            voted = await tx.comparisons.voted(user_id)
        votes = [
            Vote(one.models, one.outcome, None if one.winner is None else one.models[one.winner])
            for one in voted
            if one.outcome is not None
        ]
        return standings(votes), len(votes)

    def _writing(self, comparison: Comparison) -> Sequence[Generation]:
        """Return those of its answers that are being written."""
        live = map(self._generations.live, self._generations.running(comparison.chat_id))
        return [one for one in live if one and one.message and one.message.id in comparison.answers]

    async def _found(self, user_id: str, comparison_id: str) -> Comparison:
        async with self._store.read() as tx:
            return await tx.comparisons.get(user_id, comparison_id)

    async def _shown(self, comparison: Comparison) -> Shown:
        gone = NotFound(
            "The chat of this comparison is gone.", param="comparison_id", sentence="compare_gone"
        )
        async with self._store.read() as tx:
            try:
                await tx.chats.get(comparison.user_id, comparison.chat_id)
            except StellarChatError:
                raise gone from None
            found = await tx.messages.many([comparison.message_id, *comparison.answers])
        messages = {one.id: one for one in found}
        if len(messages) != len(comparison.answers) + 1:
            raise gone
        return Shown(
            comparison,
            messages[comparison.message_id],
            [messages[one] for one in comparison.answers],
            await self._chats.siblings(list(messages.values())),
        )


def _place(comparison: Comparison, answer_id: str) -> int:
    if answer_id not in comparison.answers:
        raise BadRequest(
            "This is none of the answers.", param="answer_id", detail=answer_id, sentence="compare_answer"
        )
    return comparison.answers.index(answer_id)
