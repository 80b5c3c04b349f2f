"""The house's request in the words that vLLM and SGLang share."""

from typing import Any

Body = dict[str, Any]

_THINKING = ("enable_thinking", "thinking")  # Qwen, GLM and others; DeepSeek, Kimi and Granite


def shared(body: Body) -> Body:
    """Rename what both call differently; the same object where nothing does.

    `repeat_penalty` → `repetition_penalty`, `thinking` → keywords of the chat template, `top_k` 0 (all) →
    -1, a negative seed (any) → none. A last message of the assistant's is continued.
    """
    changes: Body = {}
    dropped = set()
    if "repeat_penalty" in body:
        dropped.add("repeat_penalty")
        if body["repeat_penalty"] is not None:
            changes["repetition_penalty"] = body["repeat_penalty"]
    if body.get("top_k") == 0:
        changes["top_k"] = -1
    seed = body.get("seed")
    if isinstance(seed, int) and seed < 0:
        dropped.add("seed")
    template: Body = {}
    if "thinking" in body and (body["thinking"] is None or isinstance(body["thinking"], bool)):
        dropped.add("thinking")
        if body["thinking"] is not None:
            template = dict.fromkeys(_THINKING, body["thinking"])
    if _continues(body):
        changes |= {"continue_final_message": True, "add_generation_prompt": False}
        # what goes on is the answer: a parser must not take it for thinking
        template = dict.fromkeys(_THINKING, False)
    if template:
        changes["chat_template_kwargs"] = {**template, **(body.get("chat_template_kwargs") or {})}
    if not changes and not dropped:
        return body
    return {key: value for key, value in body.items() if key not in dropped} | changes


def _continues(body: Body) -> bool:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages or not isinstance(messages[-1], dict):
        return False
    last = messages[-1]
    if "continue_final_message" in body or "add_generation_prompt" in body:
        return False  # a client that knows the engine says it itself
    return last.get("role") == "assistant" and bool(last.get("content")) and not last.get("tool_calls")
