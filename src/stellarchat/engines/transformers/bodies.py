"""What requests ask for: bodies checked field by field, so that nothing is ignored in silence."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

Body = Mapping[str, Any]
_T = TypeVar("_T")
MOST_CHOICES = 64
MOST_ALTERNATIVES = 20
# fields that other servers know and that would change the answer; refused where they are set
NOT_DONE = (
    "best_of", "ebnf", "grammar", "structured_outputs", "suffix", "functions", "function_call", "audio",
    "prediction", "ignore_eos", "min_tokens", "mirostat", "typical_p", "xtc_probability", "dry_multiplier",
    "tfs_z", "guided_json", "guided_regex", "guided_choice", "guided_grammar",
)  # fmt: skip


class BadBody(Exception):
    """A request that cannot be done; `param` names the field."""

    def __init__(self, message: str, param: str | None = None, kind: str = "invalid_request_error") -> None:
        super().__init__(message)
        self.message, self.param, self.kind = message, param, kind


class Sampling(msgspec.Struct, frozen=True):
    """How tokens are drawn. `alternatives` is how many others are told with each, None: none and no
    probability either.
    """

    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    repetition: float = 1.0
    presence: float = 0.0
    frequency: float = 0.0
    seed: int | None = None
    bias: dict[int, float] = {}
    alternatives: int | None = None


class Wanted(msgspec.Struct, frozen=True):
    """An answer as it was asked for. `schema` is a JSON Schema, `regex` a pattern of the whole text."""

    sampling: Sampling
    n: int = 1
    max_tokens: int | None = None
    stops: tuple[str, ...] = ()
    stream: bool = False
    usage: bool = False
    schema: dict[str, Any] | None = None
    regex: str | None = None


def wanted(body: Body, defaults: Sampling, *, chat: bool) -> Wanted:
    """Read everything but the prompt. Raises BadBody."""
    for name in NOT_DONE:
        if body.get(name) not in (None, False, 0, 1, "", [], {}):
            raise BadBody(f"{name} is not supported by the engine transformers: leave it out.", name)
    if body.get("echo"):
        raise BadBody("echo is not supported by the engine transformers: leave it out.", "echo")
    most = integer(body, "max_completion_tokens", 1) or integer(body, "max_tokens", 1)
    seed = integer(body, "seed", -1)
    repetition = number(body, "repeat_penalty", 0, 10) or number(body, "repetition_penalty", 0, 10)
    sampling = Sampling(
        temperature=_or(number(body, "temperature", 0, 5), defaults.temperature),
        top_p=_or(number(body, "top_p", 0, 1), defaults.top_p),
        top_k=max(_or(integer(body, "top_k", -1), defaults.top_k), 0),
        min_p=_or(number(body, "min_p", 0, 1), defaults.min_p),
        repetition=repetition or defaults.repetition,
        presence=_or(number(body, "presence_penalty", -2, 2), 0.0),
        frequency=_or(number(body, "frequency_penalty", -2, 2), 0.0),
        seed=None if seed == -1 else seed,
        bias=_bias(body),
        alternatives=_alternatives(body, chat),
    )
    schema, regex = _form(body)
    return Wanted(
        sampling=sampling,
        n=_or(integer(body, "n", 1, MOST_CHOICES), 1),
        max_tokens=most,
        stops=_stops(body),
        stream=bool(body.get("stream")),
        usage=bool((body.get("stream_options") or {}).get("include_usage")),
        schema=schema,
        regex=regex,
    )


def number(body: Body, name: str, low: float, high: float) -> float | None:
    """Return a number of the body, None where it is not set. Raises BadBody."""
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise BadBody(f"{name} must be a number from {low:g} to {high:g}.", name)
    return float(value)


def integer(body: Body, name: str, low: int, high: int = 2**63 - 1) -> int | None:
    """Return a whole number of the body, None where it is not set. Raises BadBody."""
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        most = f" to {high}" if high < 2**63 - 1 else ""
        raise BadBody(f"{name} must be a whole number from {low}{most}.", name)
    return value


def texts(body: Body, name: str) -> list[str]:
    """Return a text or list of texts as a list. Raises BadBody where it is neither, or empty."""
    value = body.get(name)
    value = [value] if isinstance(value, str) else value
    if not isinstance(value, list) or not value or not all(isinstance(text, str) for text in value):
        raise BadBody(f"{name} must be a text or a list of texts.", name)
    return value


def _or(value: _T | None, default: _T) -> _T:
    return default if value is None else value


def _stops(body: Body) -> tuple[str, ...]:
    if body.get("stop") is None:
        return ()
    stops = [body["stop"]] if isinstance(body["stop"], str) else body["stop"]
    if not isinstance(stops, list) or not all(isinstance(stop, str) and stop for stop in stops):
        raise BadBody("stop must be a text or a list of texts, none of them empty.", "stop")
    return tuple(stops)


def _bias(body: Body) -> dict[int, float]:
    bias = body.get("logit_bias") or {}
    try:
        return {int(token): float(value) for token, value in bias.items()}
    except (AttributeError, TypeError, ValueError):
        raise BadBody("logit_bias must be an object of token ids and numbers.", "logit_bias") from None


def _alternatives(body: Body, chat: bool) -> int | None:
    if not chat:
        return integer(body, "logprobs", 0, MOST_ALTERNATIVES)
    if not body.get("logprobs"):
        if body.get("top_logprobs"):
            raise BadBody("top_logprobs needs logprobs to be true.", "top_logprobs")
        return None
    return integer(body, "top_logprobs", 0, MOST_ALTERNATIVES) or 0


def _form(body: Body) -> tuple[dict[str, Any] | None, str | None]:
    """Return the schema and the pattern that the answer is to follow."""
    regex = body.get("regex")
    if regex is not None and not isinstance(regex, str):
        raise BadBody("regex must be a text.", "regex")
    form = body.get("response_format") or {"type": "text"}
    if not isinstance(form, dict):
        raise BadBody("response_format must be an object.", "response_format")
    match form.get("type"):
        case "text":
            return None, regex
        case "json_object":
            return form.get("schema") or {"type": "object"}, regex
        case "json_schema":
            schema = (form.get("json_schema") or {}).get("schema", form.get("schema"))
            if not isinstance(schema, dict):
                raise BadBody(
                    "response_format.json_schema.schema must be an object.",
                    "response_format.json_schema.schema",
                )
            return schema, regex
        case other:
            raise BadBody(
                f"response_format.type must be text, json_object or json_schema, not {other!r}.",
                "response_format.type",
            )
