"""What the inference routes of the control surface take and show."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Discriminator, Field, JsonValue, Tag, model_validator

from stellarchat.api.control.schemas import Body, Name
from stellarchat.api.limits import Limits
from stellarchat.api.schemas import Shown, TimeSpent, TokenUsage
from stellarchat.api.turns import CONTENT_CHARS, Sampling, WireMessage, conversation
from stellarchat.core.errors import BadRequest
from stellarchat.core.events import FinishReason
from stellarchat.services.answers.inference import Answer, Wanted
from stellarchat.services.answers.vectors import Texts, texts_of

Prompt = Annotated[str, Field(min_length=1, max_length=CONTENT_CHARS)]
TEXTS = 2048  # inputs or documents of one request


class Chosen(BaseModel):
    """Which model is asked: a running instance, or a model and perhaps its engine, started if need be."""

    run_id: Name | None = None
    engine_type: Name | None = None
    model_name: Name | None = None

    def wanted(self) -> Wanted:
        """Return the choice as the services take it."""
        return Wanted(run_id=self.run_id, engine_type=self.engine_type, model_name=self.model_name)


class GenerateRequest(Sampling, Chosen):
    """Asks for an answer to one message."""

    prompt: Prompt
    system_prompt: Annotated[str, Field(max_length=200_000)] | None = None
    stream: bool = False

    def conversation(self, limits: Limits) -> list[dict[str, Any]]:
        """Return the prompt as chat messages: the model's own template is used."""
        system = [{"role": "system", "content": self.system_prompt}] if self.system_prompt else []
        return [*system, {"role": "user", "content": self.prompt}]


class ChatRequest(Sampling, Chosen):
    """Asks for the next message of a conversation."""

    messages: Annotated[list[WireMessage], Field(min_length=1)]
    stream: bool = False

    def conversation(self, limits: Limits) -> list[dict[str, Any]]:
        """Return the messages in OpenAI's shape. Raises PayloadTooLarge."""
        return conversation(self.messages, limits)


class StructuredRequest(Sampling, Chosen):
    """Asks for an answer that follows a schema; `prompt` or `messages`."""

    prompt: Prompt | None = None
    messages: Annotated[list[WireMessage], Field(min_length=1)] | None = None
    shape: dict[str, Any] = Field(
        alias="schema",
        description='a JSON Schema, or the simple form {"city": "string", "tags": ["string"]}',
    )
    stream: bool = False

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        if (self.prompt is None) == (self.messages is None):
            raise BadRequest("Send either prompt or messages.", param="prompt")
        for name in ("response_format", "tools", "tool_choice"):
            if getattr(self, name) is not None:
                raise BadRequest(f"{name} does not go with schema.", param=name, remedy=f"Leave {name} out.")
        return self

    def conversation(self, limits: Limits) -> list[dict[str, Any]]:
        """Return what is asked as chat messages. Raises PayloadTooLarge."""
        if self.messages is None:
            return [{"role": "user", "content": self.prompt}]
        return conversation(self.messages, limits)


class EmbeddingsRequest(Body, Chosen):
    """Asks for vectors: one for a text or a list of tokens, one each for several."""

    input: Any = Field(
        description="a text, a list of tokens, or a list of either",
        json_schema_extra={
            "anyOf": [
                {"type": "string"},
                {"type": "array", "items": {"type": "integer"}},
                {"type": "array", "items": {"type": "string"}},
                {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}},
            ]
        },
    )
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: Annotated[int, Field(ge=1, le=65_536)] | None = Field(
        None, description="where the model can shorten"
    )

    def texts(self) -> Texts:
        """Return what is to be embedded. Raises BadRequest, PayloadTooLarge."""
        return texts_of(self.input, TEXTS)


def _text_or_object(value: Any) -> str:
    """Choose by the JSON's kind, so that an error is about what was sent and not about the other kind."""
    return "[object]" if isinstance(value, dict | RerankDocument) else "[text]"


class RerankDocument(Body):
    """A document."""

    text: str


class RerankRequest(Body, Chosen):
    """Asks which documents answer a query best."""

    query: Annotated[str, Field(min_length=1)]
    documents: Annotated[
        list[
            Annotated[
                Annotated[str, Tag("[text]")] | Annotated[RerankDocument, Tag("[object]")],
                Discriminator(_text_or_object),
            ]
        ],
        Field(min_length=1, max_length=TEXTS),
    ]
    top_n: Annotated[int, Field(ge=1)] | None = None
    return_documents: bool = False


class CalledTool(Shown):
    """A call that the model wants made; `arguments` is JSON text as the model wrote it."""

    id: str
    name: str
    arguments: str


class Generated(Shown):
    """An answer."""

    model: str
    run_id: str | None = Field(description="null where a remote endpoint answered")
    text: str
    thinking: str | None
    tool_calls: list[CalledTool]
    finish_reason: FinishReason
    usage: TokenUsage
    timings: TimeSpent


class Structured(Generated):
    """An answer that follows a schema, read and checked."""

    object: JsonValue

    @classmethod
    def holding(cls, answer: Answer, value: Any) -> Self:
        """Return the answer with the value that was read from it."""
        return cls(**Generated.model_validate(answer).model_dump(), object=value)


class Spent(Shown):
    """Tokens read."""

    prompt_tokens: int
    total_tokens: int


class Embedding(BaseModel):
    """One vector: numbers, or base64 of little-endian 32-bit floats."""

    index: int
    embedding: list[float] | str


class Embeddings(BaseModel):
    """Vectors in the order of the input."""

    model: str
    data: list[Embedding]
    usage: Spent


class Ranked(BaseModel):
    """One document of a ranking."""

    index: int
    relevance_score: float
    document: RerankDocument | None = None


class Ranking(BaseModel):
    """Documents, the best first."""

    model: str
    results: list[Ranked]
    usage: Spent


class StreamedPiece(BaseModel):
    """One event of a streamed answer: `delta` and `thinking` until `done`, or an error's envelope."""

    request_id: str
    delta: str | None = None
    thinking: str | None = None
    done: bool = False
    finish_reason: FinishReason | None = None
    usage: TokenUsage | None = None
    timings: TimeSpent | None = None
    tool_calls: list[CalledTool] | None = None
    object: JsonValue | None = None
