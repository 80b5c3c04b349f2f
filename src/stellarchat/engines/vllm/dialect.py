"""How vLLM is spoken to."""

from typing import Any, Final

from stellarchat.core.errors import BadRequest
from stellarchat.engines._openai_http.dialect import Body, Dialect
from stellarchat.engines._paged.bodies import shared

# fields that vLLM had until 0.11 and then ignored without a word, and what took their place
_GUIDED: Final = {
    "guided_json": "json",
    "guided_regex": "regex",
    "guided_choice": "choice",
    "guided_grammar": "grammar",
    "guided_whitespace_pattern": "whitespace_pattern",
}
_GONE: Final = ("guided_decoding_backend",)


def adapt(body: Body) -> Body:
    """Return the body in vLLM's words; the same object where they are ours."""
    adapted = shared(body)
    guided = [name for name in (*_GUIDED, *_GONE) if name in adapted]
    if not guided:
        return adapted
    asked: dict[str, Any] = {
        _GUIDED[name]: adapted[name] for name in guided if name in _GUIDED and adapted[name] is not None
    }
    adapted = {key: value for key, value in adapted.items() if key not in guided}
    if not asked:
        return adapted
    if adapted.get("structured_outputs") or adapted.get("response_format"):
        raise BadRequest(
            "Only one of response_format, structured_outputs and guided_… can be asked for.",
            param=guided[0],
            remedy=f"Leave {guided[0]!r} out.",
        )
    return {**adapted, "structured_outputs": asked}


VLLM = Dialect(
    name="vllm",
    adapt=adapt,
    prefill=True,
    count_path="/tokenize",
    rerank_path="/v1/rerank",
    metrics_path="/metrics",
    queue_metric="vllm:num_requests_waiting",
    cache_metric="vllm:kv_cache_usage_perc",
)

# before structured_outputs (0.11) guided_… were the fields that work
EARLY = Dialect(
    name="vllm",
    adapt=shared,
    prefill=True,
    count_path="/tokenize",
    rerank_path="/v1/rerank",
    metrics_path="/metrics",
    queue_metric="vllm:num_requests_waiting",
    cache_metric="vllm:kv_cache_usage_perc",
)

# every path that is asked of a vLLM server; its key covers those below /v1 only
PATHS: Final = frozenset(
    {
        "/health",
        "/metrics",
        "/tokenize",
        "/v1/models",
        "/v1/chat/completions",
        "/v1/completions",
        "/v1/embeddings",
        "/v1/rerank",
    }
)
