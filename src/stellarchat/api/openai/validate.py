"""Refuses what is wrong in a request before an engine sees it, naming the field.

Types and ranges come from `schemas`; what is over a limit is refused with 413. The body itself stays
the plain dictionary it was, so that fields only an engine knows reach it unchanged.
"""

from typing import Any, NoReturn

from stellarchat.api.bodies import at_most, check_pattern, check_schema, convert
from stellarchat.api.limits import Limits
from stellarchat.api.openai.schemas import (
    ChatCompletionRequest,
    CompletionRequest,
    EmbeddingsRequest,
    ImagePart,
    Message,
    RerankRequest,
    Sampling,
)
from stellarchat.core.errors import BadRequest
from stellarchat.services.answers.vectors import texts_of

DEFAULT = Limits()

# SGLang's and llama.cpp's names
_GRAMMARS = ("ebnf", "grammar")


def validate_chat(body: dict[str, Any], limits: Limits = DEFAULT) -> None:
    """Check the body of a chat completion. Raises BadRequest or PayloadTooLarge."""
    request = convert(body, ChatCompletionRequest)
    _check_sampling(request, body, limits)
    at_most(len(request.messages), limits.messages, "messages", "messages")
    for index, message in enumerate(request.messages):
        if message.content.__class__ is not str:
            _check_message(message, index, limits)
    if request.max_completion_tokens is not None:
        at_most(request.max_completion_tokens, limits.max_tokens, "max_completion_tokens", "tokens")
    if request.tools:
        at_most(len(request.tools), limits.tools, "tools", "tools")
        for index, tool in enumerate(request.tools):
            if tool.function.parameters is not None:
                check_schema(tool.function.parameters, f"tools[{index}].function.parameters", limits)
    if request.response_format is not None:
        _check_format(request, limits)
    if request.chat_template_kwargs and "chat_template" in request.chat_template_kwargs:
        _refuse_template("chat_template_kwargs.chat_template")


def validate_completion(body: dict[str, Any], limits: Limits = DEFAULT) -> None:
    """Check the body of a plain completion. Raises BadRequest or PayloadTooLarge."""
    request = convert(body, CompletionRequest)
    _check_sampling(request, body, limits)
    if request.best_of is not None:
        at_most(request.best_of, limits.choices, "best_of", "choices")
    if isinstance(request.prompt, list) and not all(isinstance(item, int) for item in request.prompt):
        at_most(len(request.prompt), limits.choices, "prompt", "prompts")


def validate_embeddings(body: dict[str, Any], limits: Limits = DEFAULT) -> EmbeddingsRequest:
    """Check the body of an embeddings request and return it. Raises BadRequest or PayloadTooLarge."""
    request = convert(body, EmbeddingsRequest)
    texts_of(request.input, limits.embedding_inputs)
    return request


def validate_rerank(body: dict[str, Any], limits: Limits = DEFAULT) -> RerankRequest:
    """Check the body of a rerank request and return it. Raises BadRequest or PayloadTooLarge."""
    request = convert(body, RerankRequest)
    at_most(len(request.documents), limits.embedding_inputs, "documents", "documents")
    return request


def _check_sampling(request: Sampling, body: dict[str, Any], limits: Limits) -> None:
    if request.n is not None:
        at_most(request.n, limits.choices, "n", "choices")
    if request.max_tokens is not None:
        at_most(request.max_tokens, limits.max_tokens, "max_tokens", "tokens")
    if request.stop is not None:
        stops = [request.stop] if isinstance(request.stop, str) else request.stop
        at_most(len(stops), limits.stop_sequences, "stop", "stop sequences")
        for stop in stops:
            at_most(len(stop), limits.stop_chars, "stop", "characters")
    if request.logit_bias is not None:
        at_most(len(request.logit_bias), limits.logit_biases, "logit_bias", "entries")
    if "regex" in body:
        check_pattern(body["regex"], "regex", limits.pattern_chars, limits)
    for name in _GRAMMARS:
        if name in body:
            check_pattern(body[name], name, limits.grammar_chars, limits)
    if "structured_outputs" in body:
        check_schema(body["structured_outputs"], "structured_outputs", limits)
    if "chat_template" in body:
        _refuse_template("chat_template")


def _check_message(message: Message, index: int, limits: Limits) -> None:
    content = message.content
    if content is None:
        if message.role != "assistant":
            raise BadRequest(f"`messages[{index}].content` is missing.", param=f"messages[{index}].content")
        return
    at_most(len(content), limits.content_parts, f"messages[{index}].content", "parts")
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
    check_schema(wanted.json_schema.schema, "response_format.json_schema.schema", limits)


def _refuse_template(param: str) -> NoReturn:
    raise BadRequest(
        "A chat template is a program and is not taken from requests.",
        param=param,
        remedy="Leave it out; the model's own template is used.",
    )
