"""How SGLang is spoken to."""

from collections.abc import Collection
from typing import Final

from stellarchat.core.errors import BadRequest
from stellarchat.engines._openai_http.dialect import Body, Dialect
from stellarchat.engines._paged.bodies import shared

# other engines' fields that SGLang would take and ignore, and its own words for them
_IGNORED: Final = {
    "structured_outputs": "response_format, regex or ebnf",
    "guided_json": "response_format",
    "guided_regex": "regex",
    "guided_choice": "regex",
    "guided_grammar": "ebnf",
    "grammar": "ebnf",
}


def adapt(body: Body, adapters: Collection[str] = ()) -> Body:
    """Return the body in SGLang's words; the same object where they are ours.

    `adapters` are models that run with a LoRA adapter of the same name, which requests must ask for.
    """
    for name, instead in _IGNORED.items():
        if body.get(name) is not None:
            raise BadRequest(
                f"SGLang does not know {name!r}.",
                param=name,
                remedy=f"Use {instead} instead.",
                sentence="param_of_engine",
                values={"field": name, "engine": "SGLang"},
            )
    adapted = shared(body)
    if "add_generation_prompt" in adapted and "add_generation_prompt" not in body:
        adapted.pop("add_generation_prompt")  # SGLang has no such field
    if adapters and body.get("model") in adapters and "lora_path" not in body:
        adapted = {**adapted, "lora_path": body["model"]}
    return adapted


def dialect(adapters: Collection[str] = ()) -> Dialect:
    """Return the dialect; `adapters` may change while it is used."""
    return Dialect(
        name="sglang",
        adapt=lambda body: adapt(body, adapters),
        prefill=True,
        count_path="/v1/tokenize",
        rerank_path="/v1/rerank",
        metrics_path="/metrics",
        queue_metric="sglang:num_queue_reqs",
        cache_metric="sglang:token_usage",
    )


SGLANG = dialect()

# every path that is asked of a SGLang server
PATHS: Final = frozenset(
    {
        "/health",
        "/metrics",
        "/v1/models",
        "/v1/tokenize",
        "/v1/chat/completions",
        "/v1/completions",
        "/v1/embeddings",
        "/v1/rerank",
    }
)
