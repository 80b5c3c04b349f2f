"""From a Messages request to the chat messages and parameters that the house knows."""

from typing import Any, Final

import msgspec

from stellarchat.api.anthropic.schemas import (
    AnthropicMessage,
    AnthropicTool,
    AnthropicToolChoice,
    ContentBlock,
    DocumentBlock,
    ImageBlock,
    MessagesRequest,
    Prompt,
    TextBlock,
    ToolResultBlock,
    ToolUseBlock,
)
from stellarchat.api.bodies import at_most, check_schema, convert
from stellarchat.api.limits import Limits
from stellarchat.core.errors import BadRequest

Messages = list[dict[str, Any]]

_CHOICES: Final = {"auto": "auto", "any": "required", "none": "none"}
_JOIN: Final = "\n\n"


def messages_of(prompt: Prompt, limits: Limits) -> Messages:
    """Return a prompt as chat messages. Raises BadRequest naming the block, PayloadTooLarge."""
    at_most(len(prompt.messages), limits.messages, "messages", "messages")
    system = prompt.system
    texts = [system] if isinstance(system, str) else [block.text for block in system or ()]
    messages: Messages = []
    for index, message in enumerate(prompt.messages):
        param = f"messages[{index}].content"
        if isinstance(message.content, str):
            if message.role == "system" and not messages:
                texts.append(message.content)
            else:
                messages.append({"role": message.role, "content": message.content})
            continue
        at_most(len(message.content), limits.content_parts, param, "blocks")
        messages += _blocks(message, message.content, param)
    if texts := [text for text in texts if text]:
        messages.insert(0, {"role": "system", "content": _JOIN.join(texts)})
    if not messages:
        raise BadRequest("There is nothing to answer.", param="messages", remedy="Send a user's message.")
    return messages


def tools_of(prompt: Prompt, limits: Limits) -> list[dict[str, Any]] | None:
    """Return the tools on offer, as OpenAI's. Raises BadRequest naming one that is not offered here."""
    if not prompt.tools:
        return None
    at_most(len(prompt.tools), limits.tools, "tools", "tools")
    return [_tool(raw, index, limits) for index, raw in enumerate(prompt.tools)]


def parameters_of(request: MessagesRequest, limits: Limits) -> dict[str, Any]:
    """Return the parameters of the chat request. Raises BadRequest naming the field."""
    at_most(request.max_tokens, limits.max_tokens, "max_tokens", "tokens")
    for name in ("container", "mcp_servers"):
        if getattr(request, name):
            raise BadRequest(
                f"`{name}` is not supported by this server.",
                param=name,
                remedy="Send tools and call them yourself.",
            )
    params: dict[str, Any] = {
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "top_k": request.top_k,
        "stop": request.stop_sequences or None,
        "tools": tools_of(request, limits),
    }
    for at, stop in enumerate(request.stop_sequences or ()):
        if not 0 < len(stop) <= 256:
            raise BadRequest(
                f"`stop_sequences[{at}]` must have 1 to 256 characters.", param=f"stop_sequences[{at}]"
            )
    at_most(len(request.stop_sequences or ()), 16, "stop_sequences", "stop sequences")
    if params["tools"] and request.tool_choice is not None:
        params["tool_choice"] = _choice(request.tool_choice)
        if request.tool_choice.disable_parallel_tool_use:
            params["parallel_tool_calls"] = False
    if request.thinking is not None and request.thinking.type != "adaptive":
        params["thinking"] = request.thinking.type != "disabled"
    if request.output_config is not None:
        params["reasoning_effort"] = request.output_config.effort
        if (wanted := request.output_config.format) is not None:
            check_schema(wanted.schema, "output_config.format.schema", limits)
            named = {"name": "answer", "schema": wanted.schema, "strict": True}
            params["response_format"] = {"type": "json_schema", "json_schema": named}
    return {name: value for name, value in params.items() if value is not None}


def _blocks(message: AnthropicMessage, blocks: list[ContentBlock], param: str) -> Messages:
    """Return one message's blocks: results of tools are messages of their own and come first."""
    found: Messages = []
    parts: list[dict[str, Any]] = []
    calls: list[dict[str, Any]] = []
    for index, block in enumerate(blocks):
        where = f"{param}[{index}]"
        if isinstance(block, ToolResultBlock):
            _expect(message.role == "user", where, "tool_result", "user")
            found.append(_result(block, where, parts))
        elif isinstance(block, ToolUseBlock):
            _expect(message.role == "assistant", where, "tool_use", "assistant")
            arguments = msgspec.json.encode(block.input).decode()
            function = {"name": block.name, "arguments": arguments}
            calls.append({"id": block.id, "type": "function", "function": function})
        elif isinstance(block, TextBlock | ImageBlock | DocumentBlock):
            parts.append(_part(block, where))
    if parts or calls or not found:
        said: dict[str, Any] = {"role": message.role, "content": _joined(parts) if parts else None}
        if calls:
            said["tool_calls"] = calls
        elif not parts:
            said["content"] = ""
        found.append(said)
    return found


def _result(block: ToolResultBlock, param: str, parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a tool's message. Its pictures go to `parts`: only people can send them in a chat."""
    text: list[str] = []
    if isinstance(block.content, str):
        text.append(block.content)
    else:
        for index, inner in enumerate(block.content or ()):
            part = _part(inner, f"{param}.content[{index}]")
            if part["type"] == "text":
                text.append(part["text"])
            else:
                parts.append(part)
    content = "\n".join(text)
    if block.is_error:
        content = f"Error: {content}"
    return {"role": "tool", "tool_call_id": block.tool_use_id, "content": content}


def _part(block: TextBlock | ImageBlock | DocumentBlock, param: str) -> dict[str, Any]:
    if isinstance(block, TextBlock):
        return {"type": "text", "text": block.text}
    source = block.source
    if isinstance(block, DocumentBlock):
        if source.type != "text" or source.data is None:
            raise BadRequest(
                "Of documents only plain text is read by this server.",
                param=f"{param}.source",
                remedy="Send the document's text.",
            )
        return {"type": "text", "text": f"{block.title}\n{source.data}" if block.title else source.data}
    assert isinstance(block, ImageBlock)
    kind = block.source.media_type or ""
    if source.type != "base64" or source.data is None or not kind.startswith("image/"):
        raise BadRequest(
            "Pictures by address or file id are not fetched by this server.",
            param=f"{param}.source",
            remedy='Send {"type": "base64", "media_type": "image/…", "data": …}.',
        )
    return {"type": "image_url", "image_url": {"url": f"data:{kind};base64,{source.data}"}}


def _joined(parts: list[dict[str, Any]]) -> str | list[dict[str, Any]]:
    if all(part["type"] == "text" for part in parts):
        return "\n".join(part["text"] for part in parts)
    return parts


def _expect(right: bool, param: str, kind: str, role: str) -> None:
    if not right:
        raise BadRequest(f"`{param}`: a {kind} block belongs into a message of the {role}'s.", param=param)


def _tool(raw: dict[str, Any], index: int, limits: Limits) -> dict[str, Any]:
    kind = raw.get("type") or "custom"
    if kind != "custom":
        raise BadRequest(
            f"`tools[{index}]`: the tool {str(kind)[:80]!r} is not offered by this server.",
            param=f"tools[{index}].type",
            remedy="Send tools with a name and an input_schema and call them yourself.",
        )
    tool = convert(raw, AnthropicTool, f"tools[{index}]")
    check_schema(tool.input_schema, f"tools[{index}].input_schema", limits)
    function: dict[str, Any] = {"name": tool.name, "parameters": tool.input_schema}
    if tool.description is not None:
        function["description"] = tool.description
    return {"type": "function", "function": function}


def _choice(choice: AnthropicToolChoice) -> str | dict[str, Any]:
    if choice.type != "tool":
        return _CHOICES[choice.type]
    if choice.name is None:
        raise BadRequest("`tool_choice.name` is missing.", param="tool_choice.name")
    return {"type": "function", "function": {"name": choice.name}}
