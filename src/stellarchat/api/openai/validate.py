"""Refuses what is wrong in a request before an engine sees it, naming the field.

Types and ranges come from `schemas`; what is over a limit is refused with 413. The body itself stays
the plain dictionary it was, so that fields only an engine knows reach it unchanged.
"""

import re
from typing import Any, NoReturn, TypeVar

import msgspec

from stellarchat.api.limits import Limits
from stellarchat.api.openai.schemas import (
    ChatCompletionRequest,
    CompletionRequest,
    EmbeddingsRequest,
    ImagePart,
    Message,
    Sampling,
)
from stellarchat.core.errors import BadRequest, PayloadTooLarge

T = TypeVar("T")

DEFAULT = Limits()

_decoder = msgspec.json.Decoder()
_where = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)
_missing = re.compile(r"^Object missing required field `(?P<name>\w+)`$")
_repetition = re.compile(r"\{(\d*)(?:,(\d*))?\}")
_COUNTS = ("minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties")
# SGLang's and llama.cpp's names
_GRAMMARS = ("ebnf", "grammar")


def parse(raw: bytes | bytearray) -> dict[str, Any]:
    """Decode a body that must be a JSON object. Raises BadRequest."""
    try:
        body = _decoder.decode(raw)
    except RecursionError:
        raise BadRequest("The body is nested too deeply.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest(f"The body is not JSON: {error}.", remedy="Send a JSON object.") from None
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object.")
    return body


def validate_chat(body: dict[str, Any], limits: Limits = DEFAULT) -> None:
    """Check the body of a chat completion. Raises BadRequest or PayloadTooLarge."""
    request = _convert(body, ChatCompletionRequest)
    _check_sampling(request, body, limits)
    _at_most(len(request.messages), limits.messages, "messages", "messages")
    for index, message in enumerate(request.messages):
        if message.content.__class__ is not str:
            _check_message(message, index, limits)
    if request.max_completion_tokens is not None:
        _at_most(request.max_completion_tokens, limits.max_tokens, "max_completion_tokens", "tokens")
    if request.tools:
        _at_most(len(request.tools), limits.tools, "tools", "tools")
        for index, tool in enumerate(request.tools):
            if tool.function.parameters is not None:
                _check_schema(tool.function.parameters, f"tools[{index}].function.parameters", limits)
    if request.response_format is not None:
        _check_format(request, limits)
    if request.chat_template_kwargs and "chat_template" in request.chat_template_kwargs:
        _refuse_template("chat_template_kwargs.chat_template")


def validate_completion(body: dict[str, Any], limits: Limits = DEFAULT) -> None:
    """Check the body of a plain completion. Raises BadRequest or PayloadTooLarge."""
    request = _convert(body, CompletionRequest)
    _check_sampling(request, body, limits)
    if request.best_of is not None:
        _at_most(request.best_of, limits.choices, "best_of", "choices")
    if isinstance(request.prompt, list) and not all(isinstance(item, int) for item in request.prompt):
        _at_most(len(request.prompt), limits.choices, "prompt", "prompts")


def validate_embeddings(body: dict[str, Any], limits: Limits = DEFAULT) -> None:
    """Check the body of an embeddings request. Raises BadRequest or PayloadTooLarge."""
    request = _convert(body, EmbeddingsRequest)
    if isinstance(request.input, list) and not all(isinstance(item, int) for item in request.input):
        _at_most(len(request.input), limits.embedding_inputs, "input", "inputs")


def _convert(body: dict[str, Any], kind: type[T]) -> T:
    try:
        return msgspec.convert(body, kind)
    except msgspec.ValidationError as error:
        raise _explain(error) from None


def _explain(error: msgspec.ValidationError) -> BadRequest:
    """Turn msgspec's sentence with its `$.a[0].b` path into ours."""
    found = _where.match(str(error))
    what, path = (found["what"], found["path"] or "$") if found else (str(error), "$")
    param = path.removeprefix("$").removeprefix(".")
    missing = _missing.match(what)
    if missing:
        param = f"{param}.{missing['name']}" if param else missing["name"]
        return BadRequest(f"`{param}` is missing.", param=param)
    return BadRequest(f"`{param}`: {what[:1].lower()}{what[1:]}.", param=param or None)


def _check_sampling(request: Sampling, body: dict[str, Any], limits: Limits) -> None:
    if request.n is not None:
        _at_most(request.n, limits.choices, "n", "choices")
    if request.max_tokens is not None:
        _at_most(request.max_tokens, limits.max_tokens, "max_tokens", "tokens")
    if request.stop is not None:
        stops = [request.stop] if isinstance(request.stop, str) else request.stop
        _at_most(len(stops), limits.stop_sequences, "stop", "stop sequences")
        for stop in stops:
            _at_most(len(stop), limits.stop_chars, "stop", "characters")
    if request.logit_bias is not None:
        _at_most(len(request.logit_bias), limits.logit_biases, "logit_bias", "entries")
    if "regex" in body:
        _check_pattern(body["regex"], "regex", limits.pattern_chars, limits)
    for name in _GRAMMARS:
        if name in body:
            _check_pattern(body[name], name, limits.grammar_chars, limits)
    if "structured_outputs" in body:
        _check_schema(body["structured_outputs"], "structured_outputs", limits)
    if "chat_template" in body:
        _refuse_template("chat_template")


def _check_message(message: Message, index: int, limits: Limits) -> None:
    content = message.content
    if content is None:
        if message.role != "assistant":
            raise BadRequest(f"`messages[{index}].content` is missing.", param=f"messages[{index}].content")
        return
    _at_most(len(content), limits.content_parts, f"messages[{index}].content", "parts")
    for at, part in enumerate(content):
        if isinstance(part, ImagePart) and not part.image_url.url.startswith("data:image/"):
            raise BadRequest(
                "Pictures by address are not fetched by this server.",
                param=f"messages[{index}].content[{at}].image_url.url",
                remedy="Send the picture itself as a data: URL.",
            )


def _check_format(request: ChatCompletionRequest, limits: Limits) -> None:
    wanted = request.response_format
    assert wanted is not None
    if wanted.type != "json_schema":
        return
    if wanted.json_schema is None or wanted.json_schema.schema is None:
        param = "response_format.json_schema" + ("" if wanted.json_schema is None else ".schema")
        raise BadRequest(f"`{param}` is missing.", param=param)
    _check_schema(wanted.json_schema.schema, "response_format.json_schema.schema", limits)


def _check_schema(schema: Any, param: str, limits: Limits) -> None:
    """Walk a JSON Schema without recursion, so that its depth cannot hurt us either."""
    pending: list[tuple[Any, int]] = [(schema, 1)]
    size = 0
    while pending:
        node, depth = pending.pop()
        if isinstance(node, str):
            size += len(node)
        elif isinstance(node, dict):
            _at_most(depth, limits.schema_depth, param, "levels")
            for key, value in node.items():
                size += len(key) + 4
                if key in ("pattern", "regex") and isinstance(value, str):
                    _check_pattern(value, f"{param} ({key})", limits.pattern_chars, limits)
                elif key == "patternProperties" and isinstance(value, dict):
                    for pattern in value:
                        _check_pattern(pattern, f"{param} ({key})", limits.pattern_chars, limits)
                elif key in _COUNTS and isinstance(value, int):
                    _at_most(value, limits.repetitions, f"{param} ({key})", "repetitions")
                pending.append((value, depth + 1))
        elif isinstance(node, list):
            _at_most(depth, limits.schema_depth, param, "levels")
            pending.extend((value, depth + 1) for value in node)
        size += 2
        _at_most(size, limits.schema_bytes, param, "bytes")


def _check_pattern(pattern: Any, param: str, longest: int, limits: Limits) -> None:
    if not isinstance(pattern, str):
        raise BadRequest(f"`{param}`: expected `str`.", param=param)
    _at_most(len(pattern), longest, param, "characters")
    for found in _repetition.finditer(pattern):
        for count in found.groups():
            # a long run of digits is over the limit whatever it says
            _at_most(int((count or "0")[:12]), limits.repetitions, param, "repetitions")


def _refuse_template(param: str) -> NoReturn:
    raise BadRequest(
        "A chat template is a program and is not taken from requests.",
        param=param,
        remedy="Leave it out; the model's own template is used.",
    )


def _at_most(value: int, limit: int, param: str, unit: str) -> None:
    if value > limit:
        raise PayloadTooLarge(f"`{param}`: {value} {unit}, at most {limit} are allowed.", param=param)
