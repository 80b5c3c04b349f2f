"""Request bodies of Anthropic's Messages API, as far as this server takes them.

Source: https://docs.anthropic.com/en/api/messages. Fields that are not named here have no effect on a
model and are ignored; those that would have one and cannot are refused in `request`.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Name = Annotated[str, Meta(min_length=1, max_length=256)]
ToolName = Annotated[str, Meta(pattern=r"^[a-zA-Z0-9_.\-]{1,128}$")]
ToolId = Annotated[str, Meta(min_length=1, max_length=256)]


class TextBlock(msgspec.Struct, tag_field="type", tag="text"):
    """Text."""

    text: str


class ImageSource(msgspec.Struct):
    """A picture: base64 with its media type, or an address, which is refused."""

    type: str
    media_type: str | None = None
    data: str | None = None


class ImageBlock(msgspec.Struct, tag_field="type", tag="image"):
    """A picture."""

    source: ImageSource


class DocumentSource(msgspec.Struct):
    """A document: plain text is read, all else is refused."""

    type: str
    data: str | None = None


class DocumentBlock(msgspec.Struct, tag_field="type", tag="document"):
    """A document."""

    source: DocumentSource
    title: str | None = None


class ThinkingBlock(msgspec.Struct, tag_field="type", tag="thinking"):
    """What the model thought before; not shown to it again."""


class RedactedThinkingBlock(msgspec.Struct, tag_field="type", tag="redacted_thinking"):
    """The same, unreadable."""


class ToolUseBlock(msgspec.Struct, tag_field="type", tag="tool_use"):
    """A call that the model made before."""

    id: ToolId
    name: ToolName
    input: dict[str, Any]


class ToolResultBlock(msgspec.Struct, tag_field="type", tag="tool_result"):
    """What a call returned."""

    tool_use_id: ToolId
    content: str | list[TextBlock | ImageBlock | DocumentBlock] | None = None
    is_error: bool | None = None


ContentBlock = (
    TextBlock
    | ImageBlock
    | DocumentBlock
    | ThinkingBlock
    | RedactedThinkingBlock
    | ToolUseBlock
    | ToolResultBlock
)


class AnthropicMessage(msgspec.Struct):
    """One message of a conversation."""

    role: Literal["user", "assistant", "system"]
    content: str | list[ContentBlock]


class AnthropicTool(msgspec.Struct):
    """A tool on offer: `input_schema` is a JSON Schema."""

    name: ToolName
    input_schema: dict[str, Any]
    description: str | None = None
    type: str | None = None


class AnthropicToolChoice(msgspec.Struct):
    """Whether and which tools are to be called."""

    type: Literal["auto", "any", "none", "tool"]
    name: ToolName | None = None
    disable_parallel_tool_use: bool | None = None


class ThinkingConfig(msgspec.Struct):
    """Whether the model is to think first. A budget is not kept to: engines know none."""

    type: Literal["enabled", "disabled", "adaptive", "between_tools"]
    budget_tokens: Annotated[int, Meta(ge=1)] | None = None


class OutputFormat(msgspec.Struct):
    """What the answer must look like."""

    type: Literal["json_schema"]
    schema: dict[str, Any]


class OutputConfig(msgspec.Struct):
    """How the answer is to be written."""

    format: OutputFormat | None = None
    effort: Annotated[str, Meta(max_length=32)] | None = None


class Prompt(msgspec.Struct, kw_only=True):
    """What a model reads: all that counts as input tokens."""

    model: Name
    messages: Annotated[list[AnthropicMessage], Meta(min_length=1)]
    system: str | list[TextBlock] | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: AnthropicToolChoice | None = None
    thinking: ThinkingConfig | None = None
    output_config: OutputConfig | None = None


class CountTokensRequest(Prompt, kw_only=True):
    """Body of `POST /v1/messages/count_tokens`."""


class MessagesRequest(Prompt, kw_only=True):
    """Body of `POST /v1/messages`."""

    max_tokens: Annotated[int, Meta(ge=1)]
    stream: bool | None = None
    stop_sequences: list[str] | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    top_k: Annotated[int, Meta(ge=0, le=100_000)] | None = None
    container: Any = None
    mcp_servers: list[Any] | None = None
