"""From a Responses request to the chat messages and parameters that the house knows."""

from typing import Any, Final

from stellarchat.api.bodies import at_most, check_schema, convert
from stellarchat.api.limits import Limits
from stellarchat.api.openai.responses.schemas import (
    FunctionCall,
    FunctionCallOutput,
    InputFile,
    InputImage,
    InputItem,
    InputMessage,
    InputPart,
    Reasoning,
    Refusal,
    ResponseFunction,
    ResponsesRequest,
    ResponseToolChoice,
    TextFormat,
)
from stellarchat.core.errors import BadRequest

Messages = list[dict[str, Any]]

_SAMPLING: Final = ("temperature", "top_p", "top_k", "min_p", "repeat_penalty", "seed", "stop")
_ITEMS: Final[dict[str, type[InputItem]]] = {
    "message": InputMessage,
    "function_call": FunctionCall,
    "function_call_output": FunctionCallOutput,
    "reasoning": Reasoning,
}
_STATELESS: Final = "Send the whole conversation as `input`, or previous_response_id."


def read(body: dict[str, Any], limits: Limits) -> ResponsesRequest:
    """Check a body. Raises BadRequest naming the field, PayloadTooLarge."""
    request = convert(body, ResponsesRequest)
    for name, remedy in (
        ("background", "Leave it out and wait, or stream."),
        ("conversation", _STATELESS),
        ("prompt", "Send `instructions` and `input` themselves."),
        ("top_logprobs", "Use POST /v1/chat/completions, where the engine's own are passed on."),
    ):
        if getattr(request, name):
            raise BadRequest(f"`{name}` is not supported by this server.", param=name, remedy=remedy)
    if request.truncation == "auto":
        raise BadRequest(
            "`truncation`: nothing is left out of a conversation by this server.",
            param="truncation",
            remedy="Leave truncation out and shorten the input.",
        )
    if request.max_output_tokens is not None:
        at_most(request.max_output_tokens, limits.max_tokens, "max_output_tokens", "tokens")
    if isinstance(request.input, list):
        at_most(len(request.input), limits.messages, "input", "items")
    return request


def messages_of(given: str | list[dict[str, Any]], limits: Limits) -> Messages:
    """Return input items as chat messages. Raises BadRequest naming the item."""
    if isinstance(given, str):
        return [{"role": "user", "content": given}]
    messages: Messages = []
    for index, raw in enumerate(given):
        _add(messages, _item(raw, f"input[{index}]"), f"input[{index}]", limits)
    return messages


def with_instructions(instructions: str | None, messages: Messages) -> Messages:
    """Return the messages with one system message at their head: templates know of no more than that."""
    texts = [instructions] if instructions else []
    at = 0
    while (
        at < len(messages) and messages[at]["role"] == "system" and isinstance(messages[at]["content"], str)
    ):
        texts.append(messages[at]["content"])
        at += 1
    head: Messages = [{"role": "system", "content": "\n\n".join(texts)}] if texts else []
    return head + messages[at:]


def parameters_of(request: ResponsesRequest, limits: Limits) -> dict[str, Any]:
    """Return the parameters of the chat request. Raises BadRequest naming the field."""
    params: dict[str, Any] = {name: getattr(request, name) for name in _SAMPLING}
    params["max_tokens"] = request.max_output_tokens
    if request.tools:
        at_most(len(request.tools), limits.tools, "tools", "tools")
        params["tools"] = [_tool(tool, index, limits) for index, tool in enumerate(request.tools)]
        params["tool_choice"] = _choice(request.tool_choice)
        params["parallel_tool_calls"] = request.parallel_tool_calls
    if request.text is not None and request.text.format is not None:
        params["response_format"] = _format(request.text.format, limits)
    effort = request.reasoning.effort if request.reasoning else None
    if effort == "none":
        params["thinking"] = False
    else:
        params["reasoning_effort"] = effort
    return {name: value for name, value in params.items() if value is not None}


def _item(raw: dict[str, Any], param: str) -> InputItem:
    kind = raw.get("type", "message" if "role" in raw else None)
    if not isinstance(kind, str) or kind not in _ITEMS:
        name = kind if isinstance(kind, str) else "without a type"
        raise BadRequest(
            f"`{param}`: an item {name[:80]!r} is not supported by this server.",
            param=f"{param}.type",
            remedy=f"Send items of the types {', '.join(_ITEMS)}.",
        )
    # the kinds are told apart by `type`, which a message may leave out
    return convert({**raw, "type": kind}, _ITEMS[kind], param)


def _add(messages: Messages, item: InputItem, param: str, limits: Limits) -> None:
    if isinstance(item, InputMessage):
        role = "system" if item.role == "developer" else item.role
        content = _content(item.content, f"{param}.content", limits)
        last = messages[-1] if messages else None
        if role == "assistant" and last is not None and last["role"] == "assistant" and not last["content"]:
            last["content"] = content
        else:
            messages.append({"role": role, "content": content})
    elif isinstance(item, FunctionCall):
        call = {
            "id": item.call_id,
            "type": "function",
            "function": {"name": item.name, "arguments": item.arguments},
        }
        # one turn of the model is one message: its words and all its calls
        if not messages or messages[-1]["role"] != "assistant":
            messages.append({"role": "assistant", "content": None})
        messages[-1].setdefault("tool_calls", []).append(call)
    elif isinstance(item, FunctionCallOutput):
        content = _content(item.output, f"{param}.output", limits)
        messages.append({"role": "tool", "tool_call_id": item.call_id, "content": content})
    else:
        assert isinstance(item, Reasoning)  # models are trained without their earlier reasoning


def _content(content: str | list[InputPart], param: str, limits: Limits) -> str | list[dict[str, Any]]:
    if isinstance(content, str):
        return content
    at_most(len(content), limits.content_parts, param, "parts")
    parts = [_part(part, f"{param}[{index}]") for index, part in enumerate(content)]
    if all(part["type"] == "text" for part in parts):
        return "".join(part["text"] for part in parts)
    return parts


def _part(part: InputPart, param: str) -> dict[str, Any]:
    if isinstance(part, InputImage):
        if part.image_url is None or not part.image_url.startswith("data:image/"):
            raise BadRequest(
                "Pictures by address or file id are not fetched by this server.",
                param=f"{param}.image_url",
                remedy="Send the picture itself as a data: URL.",
            )
        return {"type": "image_url", "image_url": {"url": part.image_url}}
    if isinstance(part, InputFile):
        raise BadRequest(
            "Files are not read by this server.", param=param, remedy="Send the file's text as input_text."
        )
    return {"type": "text", "text": part.refusal if isinstance(part, Refusal) else part.text}


def _tool(raw: dict[str, Any], index: int, limits: Limits) -> dict[str, Any]:
    kind = raw.get("type")
    if kind != "function":
        named = repr(kind[:80]) if isinstance(kind, str) else "without a type"
        raise BadRequest(
            f"`tools[{index}]`: the tool {named} is not offered by this server.",
            param=f"tools[{index}].type",
            remedy="Send tools of the type function and call them yourself.",
        )
    tool = convert(raw, ResponseFunction, f"tools[{index}]")
    if tool.parameters is not None:
        check_schema(tool.parameters, f"tools[{index}].parameters", limits)
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
        "strict": tool.strict,
    }
    return {
        "type": "function",
        "function": {name: value for name, value in function.items() if value is not None},
    }


def _choice(given: str | dict[str, Any] | None) -> str | dict[str, Any] | None:
    if given is None:
        return None
    if isinstance(given, str):
        if given not in ("none", "auto", "required"):
            raise BadRequest("`tool_choice` is none, auto, required or one function.", param="tool_choice")
        return given
    if given.get("type") != "function":
        raise BadRequest(
            "`tool_choice`: only functions can be chosen.",
            param="tool_choice.type",
            remedy='Send {"type": "function", "name": …}, auto, required or none.',
        )
    choice = convert(given, ResponseToolChoice, "tool_choice")
    return {"type": "function", "function": {"name": choice.name}}


def _format(wanted: TextFormat, limits: Limits) -> dict[str, Any] | None:
    if wanted.type == "text":
        return None
    if wanted.type == "json_object":
        return {"type": "json_object"}
    if wanted.schema is None:
        raise BadRequest("`text.format.schema` is missing.", param="text.format.schema")
    check_schema(wanted.schema, "text.format.schema", limits)
    named = {
        "name": wanted.name or "answer",
        "schema": wanted.schema,
        "strict": wanted.strict,
        "description": wanted.description,
    }
    return {
        "type": "json_schema",
        "json_schema": {name: value for name, value in named.items() if value is not None},
    }
