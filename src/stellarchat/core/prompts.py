"""What people keep to ask with again: prompts with blanks, and personas."""

from datetime import datetime
from typing import Any

import msgspec


class Prompt(msgspec.Struct, kw_only=True):
    """A text to write again. `command` is what stands behind the `/` that brings it up.

    `content` may have blanks, `{{topic}}`, which the page fills. A shared one is everybody's to read and
    only its owner's to change.
    """

    id: str
    user_id: str
    name: str
    command: str
    content: str
    description: str = ""
    shared: bool = False
    created_at: datetime
    updated_at: datetime


class Persona(msgspec.Struct, kw_only=True):
    """A way to be answered: instructions, a model (None: whichever the chat has) and its parameters.

    `opening` is what it says before anything was asked, `suggestions` what one might ask. `letter` and
    `colour` are its sign; the colours are named, each theme of the page has its own of that name.
    """

    id: str
    user_id: str
    name: str
    description: str = ""
    system_prompt: str = ""
    model: str | None = None
    params: dict[str, Any] = msgspec.field(default_factory=dict)
    opening: str = ""
    suggestions: list[str] = msgspec.field(default_factory=list)
    letter: str
    colour: str
    shared: bool = False
    created_at: datetime
    updated_at: datetime

    def sign(self) -> "Sign":
        """Return what a chat keeps of it."""
        return Sign(
            id=self.id,
            name=self.name,
            letter=self.letter,
            colour=self.colour,
            opening=self.opening,
            suggestions=self.suggestions,
            updated_at=self.updated_at,
        )


class Sign(msgspec.Struct, frozen=True, kw_only=True):
    """The persona of a chat as it was when it was chosen: later changes of it leave the chat as it is."""

    id: str
    name: str
    letter: str
    colour: str
    opening: str = ""
    suggestions: list[str] = msgspec.field(default_factory=list)
    updated_at: datetime
