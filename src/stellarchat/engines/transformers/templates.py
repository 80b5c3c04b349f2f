"""Conversations to prompts, by the chat template that came with the weights."""

from collections.abc import Mapping
from typing import Any

import msgspec

from stellarchat.engines.transformers.bodies import BadBody
from stellarchat.engines.transformers.rendering import Renderer
from stellarchat.engines.transformers.replies import THINK


class Templates:
    """Writes prompts for one tokenizer."""

    def __init__(self, tokenizer: Any, renderer: Renderer) -> None:
        self.tokenizer, self._renderer = tokenizer, renderer
        template = tokenizer.chat_template
        # a few models have several, by name
        self.source = template if isinstance(template, str) else str((template or {}).get("default", ""))

    async def prompt(self, body: Mapping[str, Any]) -> str:
        """Return the prompt of a chat completion's body. Raises BadBody.

        A last message of the assistant's is left open, to be continued.
        """
        if not self.tokenizer.chat_template:
            raise BadBody("This model has no chat template: use /v1/completions.", "messages")
        messages = _messages(body, self.source)
        tools = _tools(body)
        variables = body.get("chat_template_kwargs") or {}
        if not isinstance(variables, dict) or "chat_template" in variables:
            raise BadBody(
                "chat_template_kwargs must be an object of variables of the template.", "chat_template_kwargs"
            )
        goes_on = messages[-1]["role"] == "assistant"
        # as the tokenizer's own apply_chat_template, which runs the template here
        return await self._renderer.render(
            self.tokenizer.get_chat_template(None, tools or None),
            {
                **self.tokenizer.special_tokens_map,
                **variables,
                "messages": [
                    {name: value for name, value in message.items() if value is not None}
                    for message in messages
                ],
                "tools": tools or None,
                "add_generation_prompt": not goes_on,
                "continue_final_message": goes_on,
            },
        )

    def tokens(self, prompt: str) -> list[int]:
        """Return the tokens of a templated prompt, which has its special ones already."""
        found: list[int] = self.tokenizer(prompt, add_special_tokens=False)["input_ids"]
        return found


def opens_thought(prompt: str) -> bool:
    """Whether the prompt ends within a thought, so that the model goes on thinking."""
    return prompt.rstrip().endswith(THINK)


def _messages(body: Mapping[str, Any], template: str) -> list[dict[str, Any]]:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise BadBody("messages must be a list with at least one message.", "messages")
    return [_message(message, f"messages[{at}]", template) for at, message in enumerate(messages)]


def _message(message: Any, where: str, template: str) -> dict[str, Any]:
    if not isinstance(message, dict) or not isinstance(message.get("role"), str):
        raise BadBody(f"{where} must be an object with a role.", where)
    made = {**message, "content": _text(message.get("content"), f"{where}.content")}
    if made["role"] == "developer" and "developer" not in template:
        made["role"] = "system"
    if calls := made.get("tool_calls"):
        made["tool_calls"] = [_call(call) for call in calls]
    return made


def _text(content: Any, where: str) -> str:
    """Return the text of a message; templates differ in whether they take it in parts."""
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list):
        raise BadBody(f"{where} must be a text or a list of parts.", where)
    for at, part in enumerate(content):
        if not isinstance(part, dict) or part.get("type") != "text" or not isinstance(part.get("text"), str):
            raise BadBody(f"{where}[{at}]: this engine reads text only.", f"{where}[{at}]")
    return "".join(part["text"] for part in content)


def _call(call: Any) -> Any:
    """Give the template the arguments as an object, as it expects them; OpenAI's API has them as text."""
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(function, dict) or not isinstance(function.get("arguments"), str):
        return call
    try:
        arguments = msgspec.json.decode(function["arguments"] or "{}")
    except msgspec.DecodeError:
        return call
    return {**call, "function": {**function, "arguments": arguments}}


def _tools(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    tools = body.get("tools") or []
    choice = body.get("tool_choice", "auto")
    if not isinstance(tools, list) or not all(isinstance(tool, dict) for tool in tools):
        raise BadBody("tools must be a list of objects.", "tools")
    if choice == "none":
        return []
    if choice not in ("auto", None):
        raise BadBody(
            "The engine transformers lets the model choose: tool_choice can be auto or none.", "tool_choice"
        )
    return tools


def tool_names(body: Mapping[str, Any]) -> list[str]:
    """Return the names of the tools that may be called."""
    found = [(tool.get("function") or {}).get("name") for tool in _tools(body)]
    return [name for name in found if isinstance(name, str)]
