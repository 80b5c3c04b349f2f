"""OpenAI's words to Ollama's (Ollama's API documentation: /api/chat, /api/generate, /api/embed).

Ollama has an OpenAI door too, but that one knows neither the size of the context, nor how long a model
stays in memory, nor `top_k`, `min_p` and `repeat_penalty`: a request through it would load the model anew
with other options. So all that concerns a model goes through its own routes.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from stellarchat.core.errors import BadRequest

Body = dict[str, Any]

# OpenAI's and our names of what Ollama keeps in `options`
OPTIONS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "min_p": "min_p",
    "repeat_penalty": "repeat_penalty",
    "presence_penalty": "presence_penalty",
    "frequency_penalty": "frequency_penalty",
    "seed": "seed",
    "max_tokens": "num_predict",
    "max_completion_tokens": "num_predict",
}
# taken by OpenAI's API, unknown to Ollama: refused where set, because they would be ignored without a word
REFUSED = ("logit_bias", "best_of", "echo")


def sampling(body: Body) -> Body:
    """Return the `options` of a request. Raises BadRequest for what Ollama would silently ignore."""
    for field in REFUSED:
        if body.get(field):
            raise BadRequest(
                f"Ollama does not know {field!r}.",
                param=field,
                remedy=f"Leave {field!r} out.",
                sentence="param_of_engine",
                values={"field": field, "engine": "Ollama"},
            )
    if (body.get("n") or 1) != 1:
        raise BadRequest("Ollama writes one answer to a request.", param="n", remedy="Leave `n` out.")
    options = {theirs: body[ours] for ours, theirs in OPTIONS.items() if body.get(ours) is not None}
    stop = body.get("stop")
    if stop:
        options["stop"] = [stop] if isinstance(stop, str) else list(stop)
    return options


def chat(body: Body, options: Body, settings: Body) -> Body:
    """Return the body of /api/chat. `settings` are keep_alive and think where a request leaves it open."""
    request: Body = {
        "model": body["model"],
        "messages": messages(body.get("messages") or []),
        "stream": bool(body.get("stream")),
        "options": {**options, **sampling(body)},
        **settings,
    }
    if (tools := _tools(body)) is not None:
        request["tools"] = tools
    if (form := _format(body.get("response_format"))) is not None:
        request["format"] = form
    if (thinks := _think(body)) is not None:
        request["think"] = thinks
    for field in ("logprobs", "top_logprobs"):
        if body.get(field):
            request[field] = body[field]
    return request


def generate(body: Body, options: Body, settings: Body) -> Body:
    """Return the body of /api/generate, for a bare prompt. Raises BadRequest where there are several."""
    prompt = body.get("prompt", "")
    if isinstance(prompt, list):
        if len(prompt) != 1 or not isinstance(prompt[0], str):
            raise BadRequest("Ollama completes one prompt, and that as text.", param="prompt")
        prompt = prompt[0]
    request: Body = {
        "model": body["model"],
        "prompt": prompt,
        "raw": True,
        "stream": bool(body.get("stream")),
        "options": {**options, **sampling(body)},
        **{key: value for key, value in settings.items() if key != "think"},
    }
    if body.get("suffix"):
        request["suffix"] = body["suffix"]
        request["raw"] = False  # the model's template puts the two around the gap
    return request


def embed(body: Body, options: Body, settings: Body) -> Body:
    """Return the body of /api/embed. Raises BadRequest for lists of tokens."""
    given = body.get("input")
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise BadRequest("Ollama embeds texts, not tokens.", param="input")
    request: Body = {
        "model": body["model"],
        "input": texts,
        "options": options,
        "truncate": False,
        **{key: value for key, value in settings.items() if key != "think"},
    }
    if body.get("dimensions"):
        request["dimensions"] = body["dimensions"]
    return request


def messages(given: Sequence[Mapping[str, Any]]) -> list[Body]:
    """Return the messages as Ollama has them: pictures apart, arguments of tools as objects."""
    made: list[Body] = []
    called: dict[str, str] = {}  # the names of tools by the ids of their calls
    for number, message in enumerate(given):
        role = "system" if message.get("role") == "developer" else message.get("role")
        turned: Body = {"role": role}
        text, images = _content(message.get("content"), f"messages[{number}].content")
        turned["content"] = text
        if images:
            turned["images"] = images
        if calls := message.get("tool_calls"):
            turned["tool_calls"] = [_call(call, called) for call in calls]
        if role == "tool" and (name := called.get(str(message.get("tool_call_id")))):
            turned["tool_name"] = name
        made.append(turned)
    return made


def _content(content: object, where: str) -> tuple[str, list[str]]:
    if content is None:
        return "", []
    if isinstance(content, str):
        return content, []
    texts, images = [], []
    for part in content if isinstance(content, list) else []:
        kind = part.get("type")
        if kind == "text":
            texts.append(part.get("text", ""))
        elif kind == "image_url":
            images.append(_picture(part.get("image_url"), where))
        else:
            raise BadRequest(f"Ollama takes text and pictures, not {kind!r}.", param=where)
    return "".join(texts), images


def _picture(given: object, where: str) -> str:
    url = given.get("url") if isinstance(given, dict) else given
    head, comma, data = str(url).partition(",")
    if not (comma and head.startswith("data:") and head.endswith(";base64")):
        raise BadRequest("A picture must be a data: URL with base64.", param=where)
    try:
        base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise BadRequest("The picture's data is not base64.", param=where) from error
    return data


def _call(call: Mapping[str, Any], called: dict[str, str]) -> Body:
    function = call.get("function") or {}
    name, written = str(function.get("name") or ""), function.get("arguments") or "{}"
    called[str(call.get("id"))] = name
    try:
        arguments = msgspec.json.decode(written) if isinstance(written, str) else written
    except msgspec.DecodeError:
        arguments = {}  # the model wrote them, and wrote them wrong
    return {"function": {"name": name, "arguments": arguments if isinstance(arguments, dict) else {}}}


def _tools(body: Body) -> list[Any] | None:
    tools, choice = body.get("tools"), body.get("tool_choice")
    if not tools or choice == "none":
        return None
    if choice not in (None, "auto"):
        raise BadRequest(
            "Ollama can't be made to call a tool.", param="tool_choice", remedy="Use `auto` or `none`."
        )
    return list(tools)


def _format(form: object) -> object:
    if not isinstance(form, dict) or form.get("type") == "text":
        return None
    if form.get("type") == "json_object":
        return "json"
    return (form.get("json_schema") or {}).get("schema")


def _think(body: Body) -> bool | str | None:
    if isinstance(thinking := body.get("thinking"), bool):
        return thinking
    effort = body.get("reasoning_effort")
    if effort in (None, "none"):
        return None if effort is None else False
    return str(effort)
