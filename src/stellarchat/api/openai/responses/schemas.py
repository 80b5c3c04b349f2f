"""Request bodies of OpenAI's Responses API, as far as this server takes them.

Source: https://platform.openai.com/docs/api-reference/responses. Fields that are not named here have no
effect on a model and are ignored; those that would have one and cannot are refused in `request`.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from stellarchat.api.openai.schemas import FunctionName, Name, Positive, Seed, Share

Text = str
Id = Annotated[str, Meta(min_length=1, max_length=256)]


class InputText(msgspec.Struct, tag_field="type", tag="input_text"):
    """Text that somebody sends."""

    text: str


class OutputText(msgspec.Struct, tag_field="type", tag="output_text"):
    """Text that the model wrote before."""

    text: str


class PlainText(msgspec.Struct, tag_field="type", tag="text"):
    """Text, as chat completions name it."""

    text: str


class Refusal(msgspec.Struct, tag_field="type", tag="refusal"):
    """A refusal that the model gave before."""

    refusal: str


class InputImage(msgspec.Struct, tag_field="type", tag="input_image"):
    """A picture as a `data:` URL."""

    image_url: str | None = None
    file_id: str | None = None
    detail: str | None = None


class InputFile(msgspec.Struct, tag_field="type", tag="input_file"):
    """A file; refused."""

    file_id: str | None = None
    filename: str | None = None
    file_data: str | None = None


InputPart = InputText | OutputText | PlainText | Refusal | InputImage | InputFile


class InputMessage(msgspec.Struct, tag_field="type", tag="message"):
    """One message of a conversation."""

    role: Literal["user", "assistant", "system", "developer"]
    content: str | list[InputPart]


class FunctionCall(msgspec.Struct, tag_field="type", tag="function_call"):
    """A call that the model made before; `arguments` is JSON text."""

    call_id: Id
    name: FunctionName
    arguments: str


class FunctionCallOutput(msgspec.Struct, tag_field="type", tag="function_call_output"):
    """What a call returned."""

    call_id: Id
    output: str | list[InputPart]


class Reasoning(msgspec.Struct, tag_field="type", tag="reasoning"):
    """What the model thought before; not shown to it again."""


InputItem = InputMessage | FunctionCall | FunctionCallOutput | Reasoning


class ResponseFunction(msgspec.Struct):
    """A function on offer: `parameters` is a JSON Schema."""

    name: FunctionName
    type: Literal["function"] = "function"
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class ResponseToolChoice(msgspec.Struct):
    """Demands that one function be called."""

    name: FunctionName
    type: Literal["function"] = "function"


class TextFormat(msgspec.Struct):
    """What the answer must look like."""

    type: Literal["text", "json_object", "json_schema"]
    name: str | None = None
    schema: dict[str, Any] | None = None
    description: str | None = None
    strict: bool | None = None


class TextConfig(msgspec.Struct):
    """How the text is to be written."""

    format: TextFormat | None = None
    verbosity: str | None = None


class ReasoningConfig(msgspec.Struct):
    """How much the model is to think. `effort` none turns it off."""

    effort: Annotated[str, Meta(max_length=32)] | None = None
    summary: str | None = None
    generate_summary: str | None = None


class ResponsesRequest(msgspec.Struct, kw_only=True):
    """Body of `POST /v1/responses`. The parameters below `user` are not OpenAI's."""

    model: Name
    input: str | Annotated[list[dict[str, Any]], Meta(min_length=1)]
    instructions: str | None = None
    stream: bool | None = None
    store: bool | None = None
    previous_response_id: Annotated[str, Meta(max_length=256)] | None = None
    max_output_tokens: Positive | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Share | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    text: TextConfig | None = None
    reasoning: ReasoningConfig | None = None
    include: list[str] | None = None
    truncation: Literal["auto", "disabled"] | None = None
    top_logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None
    background: bool | None = None
    conversation: str | dict[str, Any] | None = None
    prompt: dict[str, Any] | None = None
    metadata: dict[str, str] | None = None
    user: str | None = None
    top_k: Annotated[int, Meta(ge=0, le=100_000)] | None = None
    min_p: Share | None = None
    repeat_penalty: Annotated[float, Meta(ge=0, le=10)] | None = None
    seed: Seed | None = None
    stop: str | list[str] | None = None
