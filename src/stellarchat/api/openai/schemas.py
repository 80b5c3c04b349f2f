"""Request bodies of OpenAI's API, as far as this server looks into them.

Fields that are not named here are passed on to the engine, which decides about them. Lengths are
checked in `validate`, against limits an operator can set.
Source: https://platform.openai.com/docs/api-reference (chat, completions, embeddings).
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Name = Annotated[str, Meta(min_length=1, max_length=256)]
Seed = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Penalty = Annotated[float, Meta(ge=-2, le=2)]
Share = Annotated[float, Meta(ge=0, le=1)]
Positive = Annotated[int, Meta(ge=1)]
Token = Annotated[int, Meta(ge=0, le=2**31 - 1)]
FunctionName = Annotated[str, Meta(pattern=r"^[a-zA-Z0-9_.\-]{1,128}$")]


class TextPart(msgspec.Struct, tag_field="type", tag="text"):
    """Text in a list of content parts."""

    text: str


class RefusalPart(msgspec.Struct, tag_field="type", tag="refusal"):
    """A refusal the model gave before."""

    refusal: str


class ImageUrl(msgspec.Struct):
    """A picture as a `data:` URL."""

    url: str
    detail: Literal["auto", "low", "high"] | None = None


class ImagePart(msgspec.Struct, tag_field="type", tag="image_url"):
    """A picture in a list of content parts."""

    image_url: ImageUrl


class InputAudio(msgspec.Struct):
    """Sound in base64."""

    data: str
    format: str


class AudioPart(msgspec.Struct, tag_field="type", tag="input_audio"):
    """Sound in a list of content parts."""

    input_audio: InputAudio


Content = str | list[TextPart | RefusalPart | ImagePart | AudioPart] | None


class CalledFunction(msgspec.Struct):
    """Name and arguments (JSON text) of a call."""

    name: FunctionName
    arguments: str


class ToolCall(msgspec.Struct):
    """A call the model made in an earlier turn."""

    id: str
    function: CalledFunction
    type: Literal["function"] = "function"


class Message(msgspec.Struct):
    """One message of a conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Content = None
    name: str | None = None
    tool_calls: list[ToolCall] | None = None
    tool_call_id: str | None = None


class FunctionDefinition(msgspec.Struct):
    """What a model may call: `parameters` is a JSON Schema."""

    name: FunctionName
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class Tool(msgspec.Struct):
    """A tool on offer."""

    function: FunctionDefinition
    type: Literal["function"] = "function"


class NamedFunction(msgspec.Struct):
    """The name of one tool."""

    name: FunctionName


class ToolChoice(msgspec.Struct):
    """Demands that one tool be called."""

    function: NamedFunction
    type: Literal["function"] = "function"


class NamedSchema(msgspec.Struct):
    """A JSON Schema the answer must follow."""

    name: str | None = None
    schema: dict[str, Any] | None = None
    description: str | None = None
    strict: bool | None = None


class ResponseFormat(msgspec.Struct):
    """What the answer must look like."""

    type: Literal["text", "json_object", "json_schema"]
    json_schema: NamedSchema | None = None


class StreamOptions(msgspec.Struct):
    """`include_usage` asks for a last chunk with the token counts."""

    include_usage: bool | None = None


class Sampling(msgspec.Struct, kw_only=True):
    """What chat completions and completions have in common."""

    model: Name
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Share | None = None
    top_k: Annotated[int, Meta(ge=-1)] | None = None
    min_p: Share | None = None
    n: Positive | None = None
    max_tokens: Positive | None = None
    stop: str | list[str] | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None
    repetition_penalty: Annotated[float, Meta(gt=0, le=10)] | None = None
    seed: Seed | None = None
    logit_bias: dict[str, Annotated[float, Meta(ge=-100, le=100)]] | None = None
    user: str | None = None


class ChatCompletionRequest(Sampling, kw_only=True):
    """Body of `POST /v1/chat/completions`."""

    messages: Annotated[list[Message], Meta(min_length=1)]
    max_completion_tokens: Positive | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None
    tools: list[Tool] | None = None
    tool_choice: Literal["none", "auto", "required"] | ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormat | None = None
    reasoning_effort: str | None = None
    chat_template_kwargs: dict[str, Any] | None = None


class CompletionRequest(Sampling, kw_only=True):
    """Body of `POST /v1/completions`; a prompt is text, tokens, or a list of either."""

    prompt: str | list[str | int | list[int]]
    suffix: str | None = None
    echo: bool | None = None
    best_of: Positive | None = None
    logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None


class EmbeddingsRequest(msgspec.Struct, kw_only=True):
    """Body of `POST /v1/embeddings`; the input is text, tokens, or a list of either."""

    model: Name
    input: str | Annotated[list[str | Token | list[Token]], Meta(min_length=1)]
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: Annotated[int, Meta(ge=1, le=65_536)] | None = None
    user: str | None = None


class Document(msgspec.Struct):
    """A document to be ranked."""

    text: str


class RerankRequest(msgspec.Struct, kw_only=True):
    """Body of `POST /v1/rerank`; `top_n` is how many documents are told, the best ones."""

    model: Name
    query: Annotated[str, Meta(min_length=1)]
    documents: Annotated[list[str | Document], Meta(min_length=1)]
    top_n: Positive | None = None
    return_documents: bool | None = None
