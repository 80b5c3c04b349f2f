"""What is taken and shown of comparisons."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self

import msgspec
from pydantic import BaseModel, Field

from stellarchat.api.limits import Limits
from stellarchat.api.schemas import Message, Shown
from stellarchat.api.turns import Body, Content, Id, ModelName, Sampling, SystemPrompt, parts_of
from stellarchat.core import comparisons
from stellarchat.core.comparisons import Outcome
from stellarchat.core.messages import TextPart
from stellarchat.services.answers.turns import Turn
from stellarchat.services.comparisons import comparisons as services
from stellarchat.services.comparisons.comparisons import LEAST, MOST


class NewComparison(Body):
    """Asks several models the same."""

    models: Annotated[list[ModelName], Field(min_length=LEAST, max_length=MOST)] | None = Field(
        None, description="left out with `follows` only"
    )
    follows: Id | None = Field(None, description="a comparison before, whose models are asked again")
    content: Content
    chat_id: Id | None = Field(None, description="left out: a new chat")
    parent_id: Id | None = Field(None, description="left out: the active leaf; null: a new root")
    blind: bool = Field(False, description="the places are shuffled, and names not told until the vote")
    system_prompt: SystemPrompt | None = None
    params: Sampling | None = None

    def turn(self, user_id: str, limits: Limits) -> Turn:
        """Return what is asked, as the services take it. Raises PayloadTooLarge."""
        parts = parts_of(self.content)
        text = parts.pop() if isinstance(parts[-1], TextPart) else None
        named = "parent_id" in self.model_fields_set and self.chat_id is not None
        return Turn(
            user_id=user_id,
            chat_id=self.chat_id,
            parent_id=self.parent_id if named else msgspec.UNSET,
            content=text.text if isinstance(text, TextPart) else None,
            parts=parts,
            system_prompt=self.system_prompt,
            params=self.params.given(limits, "params.") if self.params else {},
        )


class CastVote(Body):
    """What is thought of the answers."""

    outcome: Outcome
    answer_id: Id | None = Field(None, description="the best one, where there is one")


class AnswerAgain(Body):
    """Which answer is to be made anew."""

    answer_id: Id


class ComparisonLine(Shown):
    """A comparison without its messages."""

    id: str
    chat_id: str
    models: list[str | None] = Field(description="null where a vote has to come first")
    blind: bool
    outcome: Outcome | None
    winner: int | None = Field(description="the place of the best one")
    created_at: datetime
    voted_at: datetime | None

    @classmethod
    def line(cls, comparison: comparisons.Comparison) -> "ComparisonLine":
        """Return a comparison as it is shown, its models only where they may be told."""
        fields = msgspec.structs.asdict(comparison)
        if comparison.blind and comparison.outcome is None:
            fields["models"] = [None] * len(comparison.models)
        return ComparisonLine(**{name: fields[name] for name in ComparisonLine.model_fields})


class Comparison(ComparisonLine):
    """Answers of several models to one message, each in the place of its model."""

    question: Message
    answers: list[Message]

    @classmethod
    def of(cls, shown: services.Shown) -> Self:
        """Return a comparison as it is shown."""
        return cls(
            **cls.line(shown.comparison).model_dump(),
            question=Message.of(shown.question, shown.siblings[shown.question.parent_id]),
            answers=[Message.of(one, shown.siblings[one.parent_id]) for one in shown.answers],
        )


class ComparisonList(BaseModel):
    """The newest comparisons."""

    items: list[ComparisonLine]


class Standing(Shown):
    """How a model stands against single others."""

    model: str
    wins: int
    losses: int
    ties: int
    bad: int = Field(description="votes in which no answer was any good")
    rating: int | None = Field(description="Bradley-Terry on Elo's scale, 1000 on average; null: no duels")


class Standings(BaseModel):
    """How models stand by some votes, best first."""

    votes: int
    items: list[Standing]

    @classmethod
    def of(cls, table: Sequence[comparisons.Standing], votes: int) -> Self:
        """Return the table as it is shown."""
        return cls(votes=votes, items=[Standing.model_validate(one) for one in table])
