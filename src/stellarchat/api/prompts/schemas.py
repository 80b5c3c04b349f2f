"""What is taken and shown of prompts and personas. Lengths are in characters."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, JsonValue, StringConstraints

from stellarchat.api.limits import Limits
from stellarchat.api.schemas import Shown
from stellarchat.api.turns import STORABLE, Body, ModelName, Sampling, SystemPrompt
from stellarchat.core import prompts
from stellarchat.services.prompts.kept import NAME_CHARS

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=NAME_CHARS), STORABLE]
Command = Annotated[
    str, Field(min_length=1, max_length=80, description="letters, digits, - and _; without the /"), STORABLE
]
Words = Annotated[str, Field(max_length=100_000), STORABLE]
Content = Annotated[str, Field(min_length=1, max_length=100_000), STORABLE]
Line = Annotated[str, Field(max_length=1000), STORABLE]
Suggestion = Annotated[str, Field(min_length=1, max_length=500), STORABLE]
Suggestions = Annotated[list[Suggestion], Field(max_length=12)]
Letter = Annotated[str, Field(min_length=1, max_length=8, description="one letter or sign"), STORABLE]
Colour = Literal["blue", "teal", "green", "olive", "amber", "red", "pink", "violet", "grey"]


class _Fields(Body):
    def given(self) -> dict[str, Any]:
        """Return the fields that the client named."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class NewPrompt(_Fields):
    """A prompt to keep."""

    name: Name
    content: Content = Field(
        description="may have blanks: {{name}}, {{name:text:default}}, {{name:select:a|b}}"
    )
    command: Command | None = Field(None, description="left out: made of the name")
    description: Line = ""
    shared: bool = Field(False, description="everybody of this server may use it")


class PromptChange(_Fields):
    """What to change; fields that are left out stay."""

    name: Name | None = None
    content: Content | None = None
    command: Command | None = None
    description: Line | None = None
    shared: bool | None = None

    def given(self) -> dict[str, Any]:
        """Return what is to be changed; null leaves a field as it is."""
        return {name: value for name, value in super().given().items() if value is not None}


class _Kept(Shown):
    id: str
    name: str
    description: str
    shared: bool
    own: bool = Field(description="the caller's: others' can only be read")
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, kept: prompts.Prompt | prompts.Persona, user_id: str) -> Self:
        """Return it as it is shown to somebody."""
        shown = {name: getattr(kept, name) for name in kept.__struct_fields__ if name != "user_id"}
        return cls.model_validate({**shown, "own": kept.user_id == user_id})


class Prompt(_Kept):
    """A text to write again."""

    command: str = Field(description="what stands behind the / that brings it up")
    content: str


class PromptList(BaseModel):
    """The caller's own prompts and those shared with everybody, by name."""

    items: list[Prompt]


class _PersonaFields(Body):
    def given(self, limits: Limits) -> dict[str, Any]:
        """Return the fields that the client named; null ones only where that says something.

        Raises PayloadTooLarge.
        """
        fields = {name: getattr(self, name) for name in self.model_fields_set}
        params = fields.get("params")
        if isinstance(params, Sampling):
            fields["params"] = params.given(limits, "params.")
        return {name: value for name, value in fields.items() if value is not None or name == "model"}


class NewPersona(_PersonaFields):
    """A persona to keep."""

    name: Name
    description: Line = ""
    system_prompt: SystemPrompt = ""
    model: ModelName | None = Field(None, description="null: whichever the chat has")
    params: Sampling | None = None
    opening: Words = Field("", description="what it says first; no model reads it")
    suggestions: Suggestions = Field(default_factory=list, description="what one might ask")
    letter: Letter | None = Field(None, description="left out: the first of the name")
    colour: Colour = "blue"
    shared: bool = Field(False, description="everybody of this server may use it")

    def given(self, limits: Limits) -> dict[str, Any]:
        """Return all that was named, and the colour. Raises PayloadTooLarge."""
        return {"colour": self.colour, **super().given(limits)}


class PersonaChange(_PersonaFields):
    """What to change; fields that are left out stay. Chats that have the persona stay as they are."""

    name: Name | None = None
    description: Line | None = None
    system_prompt: SystemPrompt | None = None
    model: ModelName | None = None
    params: Sampling | None = None
    opening: Words | None = None
    suggestions: Suggestions | None = None
    letter: Letter | None = None
    colour: Colour | None = None
    shared: bool | None = None


class Persona(_Kept):
    """A way to be answered: instructions, a model and its parameters."""

    system_prompt: str
    model: str | None
    params: dict[str, JsonValue]
    opening: str
    suggestions: list[str]
    letter: str
    colour: Colour


class PersonaList(BaseModel):
    """The caller's own personas and those shared with everybody, by name."""

    items: list[Persona]
