"""One message answered by several models, and which answer was liked best."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from math import log10, prod

import msgspec

ROUNDS = 200
"""Of approximation; far more than a table of a few dozen models needs."""


class Outcome(StrEnum):
    """What a person said of the answers: one of them is best, they are alike, or none is any good."""

    WINNER = "winner"
    TIE = "tie"
    BAD = "bad"


class Comparison(msgspec.Struct, kw_only=True):
    """Answers to one message side by side.

    `answers` are the ids of the messages by the models of the same place. `blind`: the names were hidden
    until the vote. `winner` is a place.
    """

    id: str
    user_id: str
    chat_id: str
    message_id: str
    models: list[str]
    answers: list[str]
    blind: bool = False
    outcome: Outcome | None = None
    winner: int | None = None
    created_at: datetime
    voted_at: datetime | None = None


class Vote(msgspec.Struct, frozen=True):
    """What came of one comparison; `winner` is None for a tie and where none was any good."""

    models: Sequence[str]
    outcome: Outcome
    winner: str | None = None


class Standing(msgspec.Struct, frozen=True):
    """How a model stands: wins, losses and ties against single others, and votes in which all were bad.

    `rating` is of Bradley and Terry's model on Elo's scale (400 points are odds of ten to one), 1000 on
    average; None before the first duel.
    """

    model: str
    wins: int
    losses: int
    ties: int
    bad: int
    rating: int | None


def standings(votes: Iterable[Vote]) -> list[Standing]:
    """Return how models stand after some votes, best first. Pure.

    A winner among four has won three duels; a tie is a tie of each with each. Votes that all are bad say
    nothing of who is better and are only counted.
    """
    duels: dict[tuple[str, str], list[int]] = {}  # (a, b), a < b: won by a, won by b, ties
    bad: dict[str, int] = {}
    for vote in votes:
        for place, one in enumerate(vote.models):
            bad[one] = bad.get(one, 0) + (vote.outcome is Outcome.BAD)
            for other in vote.models[place + 1 :]:
                if vote.outcome is not Outcome.BAD and one != other:
                    _count(duels, one, other, vote.winner)
    ratings = _ratings(duels)
    table = [_standing(model, duels, count, ratings.get(model)) for model, count in bad.items()]
    return sorted(table, key=lambda one: (-(one.rating or -1), -one.wins, one.model))


def _count(duels: dict[tuple[str, str], list[int]], one: str, other: str, winner: str | None) -> None:
    pair = (min(one, other), max(one, other))
    if winner is not None and winner not in pair:
        return  # both lost to a third: nothing is said of the two
    duel = duels.setdefault(pair, [0, 0, 0])
    duel[2 if winner is None else pair.index(winner)] += 1


def _standing(model: str, duels: dict[tuple[str, str], list[int]], bad: int, rating: int | None) -> Standing:
    wins = losses = ties = 0
    for pair, (first, second, even) in duels.items():
        if model in pair:
            won, lost = (first, second) if pair[0] == model else (second, first)
            wins, losses, ties = wins + won, losses + lost, ties + even
    return Standing(model, wins, losses, ties, bad, rating)


def _ratings(duels: dict[tuple[str, str], list[int]]) -> dict[str, int]:
    """Approximate strengths by minorization and maximization (Hunter, 2004).

    Each model also has half a win and half a loss against one of average strength, so that few votes move
    little and nobody's rating is infinite.
    """
    models = {model for pair in duels for model in pair}
    points = dict.fromkeys(models, 0.5)
    for (one, other), (first, second, even) in duels.items():
        points[one] += first + even / 2
        points[other] += second + even / 2
    strength = dict.fromkeys(models, 1.0)
    for _ in range(ROUNDS):
        weight = {model: 1 / (strength[model] + 1) for model in models}
        for (one, other), duel in duels.items():
            share = sum(duel) / (strength[one] + strength[other])
            weight[one] += share
            weight[other] += share
        strength = {model: points[model] / weight[model] for model in models}
        mean = prod(strength.values()) ** (1 / len(models)) if models else 1.0
        strength = {model: value / mean for model, value in strength.items()}
    return {model: round(1000 + 400 * log10(value)) for model, value in strength.items()}
