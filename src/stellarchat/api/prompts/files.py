"""The files that prompts and personas travel in: what is written, what is read, what is wrong by entry."""

from typing import Annotated, Any, Generic, Literal, Self, TypeVar

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    Tag,
    ValidationError,
)

from stellarchat.api.fields import explain
from stellarchat.api.limits import Limits
from stellarchat.api.prompts.schemas import Content, Line, Name, NewPersona, Persona, Prompt
from stellarchat.api.schemas import Shown
from stellarchat.api.turns import STORABLE
from stellarchat.core.errors import BadRequest, StellarChatError
from stellarchat.services.prompts.kept import Imported
from stellarchat.services.prompts.prompts import Written

NAMED_CHARS = 100
"""Of the name of an entry that could not be read."""

Entry = TypeVar("Entry", bound=BaseModel)
Kept = TypeVar("Kept", Prompt, Persona)
Entries = Annotated[list[JsonValue], Field(max_length=1000)]


class PromptInFile(BaseModel):
    """A prompt in a file: of our own, or one of Open WebUI's (whose names are its `title`)."""

    model_config = ConfigDict(extra="ignore")

    name: Name = Field(validation_alias=AliasChoices("name", "title", "command"))
    content: Content
    command: Annotated[str, Field(max_length=200), STORABLE] | None = None
    description: Line | None = None

    def written(self) -> Written:
        """Return it as the services take it."""
        return Written(
            name=self.name, content=self.content, command=self.command, description=self.description or ""
        )


class PersonaInFile(NewPersona):
    """A persona in a file. Whether it is shared is said where it is kept."""

    model_config = ConfigDict(extra="ignore")

    def written(self, limits: Limits) -> dict[str, Any]:
        """Return it as the services take it. Raises PayloadTooLarge."""
        return {name: value for name, value in self.given(limits).items() if name != "shared"}


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore")

    version: Literal[1]


class PromptFile(_File):
    """An exported file of prompts."""

    format: Literal["stellarchat.prompts"]
    prompts: Entries


class PersonaFile(_File):
    """An exported file of personas."""

    format: Literal["stellarchat.personas"]
    personas: Entries


def _kind(value: Any) -> str:
    """Choose by the JSON's kind, so that an error is about what was sent and not about the other kind."""
    return "list" if isinstance(value, list) else "file"


AnyPromptFile = Annotated[
    Annotated[PromptFile, Tag("file")] | Annotated[Entries, Tag("list")], Discriminator(_kind)
]


class ExportedPrompt(Shown):
    """A prompt in an exported file."""

    name: str
    command: str
    content: str
    description: str


class PromptExport(BaseModel):
    """The caller's own prompts as a file."""

    format: Literal["stellarchat.prompts"] = "stellarchat.prompts"
    version: Literal[1] = 1
    prompts: list[ExportedPrompt]


class ExportedPersona(Shown):
    """A persona in an exported file."""

    name: str
    description: str
    system_prompt: str
    model: str | None
    params: dict[str, JsonValue]
    opening: str
    suggestions: list[str]
    letter: str
    colour: str


class PersonaExport(BaseModel):
    """The caller's own personas as a file."""

    format: Literal["stellarchat.personas"] = "stellarchat.personas"
    version: Literal[1] = 1
    personas: list[ExportedPersona]


class RefusedEntry(BaseModel):
    """An entry of a file that was not kept."""

    entry: int = Field(description="its place in the file, from 1")
    name: str | None
    message: str
    param: str | None
    sentence: str | None = Field(None, description="names the message, for saying it in another language")
    values: dict[str, str | int | float] | None = Field(None, description="what stands in that sentence")


def read(kind: type[Entry], entries: list[JsonValue]) -> tuple[list[Entry], list[RefusedEntry]]:
    """Read the entries of a file one by one.

    Raises BadRequest about the first that is wrong where none is right: it is another kind of file then.
    """
    found: list[Entry] = []
    refused: list[RefusedEntry] = []
    for place, entry in enumerate(entries, 1):
        try:
            found.append(kind.model_validate(entry))
        except (ValidationError, StellarChatError) as problem:
            error = explain(problem.errors()) if isinstance(problem, ValidationError) else problem
            name = entry.get("name", entry.get("title")) if isinstance(entry, dict) else None
            refused.append(
                RefusedEntry(
                    entry=place,
                    name=name[:NAMED_CHARS] if isinstance(name, str) else None,
                    message=error.message,
                    param=error.param,
                    sentence=error.sentence,
                    values=dict(error.values) if error.values else None,
                )
            )
    if refused and not found:
        first = refused[0]
        raise BadRequest(
            f"None of the file's entries can be kept. The first: {first.message}",
            param=f"[{first.entry - 1}].{first.param}" if first.param else None,
            remedy="Send a file that was exported here.",
            sentence="file_entries_none",
        )
    return found, refused


class ImportReport(BaseModel, Generic[Kept]):
    """What became of a file."""

    added: list[Kept]
    renamed: int = Field(description="of those added: the name or command was taken")
    unchanged: int = Field(description="were there word for word")
    refused: list[RefusedEntry] = Field(description="entries that are no such thing, or not a sound one")

    @classmethod
    def of(cls, imported: Imported[Any], refused: list[RefusedEntry], shown: list[Kept]) -> Self:
        """Return the report as it is shown; `shown` are those that were added."""
        return cls(added=shown, renamed=imported.renamed, unchanged=imported.unchanged, refused=refused)
