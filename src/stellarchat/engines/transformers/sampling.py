"""Draws the next token of every sequence of a batch, each by its own rules.

The manager of continuous batching takes the largest score of each row. This stands where its logits
processors are: it draws the tokens itself and makes each the largest of its row.
"""

import random
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import torch

from stellarchat.engines.transformers.bodies import Sampling

if TYPE_CHECKING:
    from stellarchat.engines.transformers.grammar import Matcher

NEVER = float("-inf")


class Told(msgspec.Struct, frozen=True):
    """A drawn token, the logarithm of its probability, and the likeliest others with theirs."""

    token: int
    logprob: float
    top: list[tuple[int, float]]


class Row:
    """The rules and the memory of one sequence. `told` has an entry per token where it is asked for."""

    def __init__(
        self,
        sampling: Sampling,
        prompt: Sequence[int] = (),
        *,
        matcher: "Matcher | None" = None,
        after: int | None = None,
    ) -> None:
        self.sampling = sampling
        self.matcher = matcher
        self.after = after  # the token after which the grammar begins, None: it holds from the start
        self.written: Counter[int] = Counter()
        self.seen = set(prompt) if sampling.repetition != 1 else set()
        self.told: list[Told] = []
        self.random = random.Random(sampling.seed)  # noqa: S311 (a seed is what is wanted)
        self.penalised = bool(sampling.repetition != 1 or sampling.presence or sampling.frequency)
        self.plain = not (
            sampling.temperature
            or self.penalised
            or sampling.bias
            or matcher is not None
            or sampling.alternatives is not None
        )

    @property
    def bound(self) -> "Matcher | None":
        """The grammar, where it holds for the next token."""
        return self.matcher if self.after is None else None

    def drawn(self, token: int) -> None:
        """Remember a token."""
        if self.bound is not None:
            self.bound.take(token)
        if token == self.after:
            self.after = None
        if self.penalised:
            self.written[token] += 1
            self.seen.add(token)


GREEDY = Row(Sampling(temperature=0))


class Sampler:
    """What the manager calls before (`prepare_tensor_args`) and after (`__call__`) each pass of the model.

    Both run in the manager's thread; `rows` is written to from another one.
    """

    tensors_required = 0
    do_processing = True

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self._batch: list[Row] = []

    def check_kwargs(self, kwargs: dict[str, Any]) -> None:
        """Nothing is passed this way."""

    def fill_defaults(self, tensor: torch.Tensor) -> None:
        """Nothing is kept in the manager's tensors."""

    def prepare_tensor_args(self, requests_in_batch: list[Any], arg_storage: torch.Tensor) -> torch.Tensor:
        """Note whose rows the next scores will be; those still reading their prompt get none."""
        self._batch = [
            self.rows.get(request.state.request_id, GREEDY)
            for request in requests_in_batch
            if request.has_new_token
        ]
        return arg_storage

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, arguments: torch.Tensor) -> Any:
        """Return `scores` with the drawn token the largest of its row."""
        batch = self._batch
        if all(row.plain for row in batch):
            return scores
        live = scores[: len(batch)]
        logits = [_distribution(live[at], row) for at, row in enumerate(batch)]
        _shape(live, batch)
        chosen = draw(live, batch)
        for at, (row, token) in enumerate(zip(batch, chosen, strict=True)):
            if (known := logits[at]) is not None:
                row.told.append(_tell(known, token, row.sampling.alternatives or 0))
            row.drawn(token)
        index = torch.tensor(chosen, device=scores.device).unsqueeze(1)
        live.scatter_(1, index, float("inf"))
        return scores


def _distribution(scores: torch.Tensor, row: Row) -> torch.Tensor | None:
    """The model's own probabilities, before anything is changed, where they are to be told."""
    return scores.log_softmax(-1) if row.sampling.alternatives is not None else None


def _tell(logprobs: torch.Tensor, token: int, alternatives: int) -> Told:
    top: list[tuple[int, float]] = []
    if alternatives:
        values, indexes = logprobs.topk(alternatives)
        top = list(zip(indexes.tolist(), values.tolist(), strict=True))
    return Told(token, float(logprobs[token]), top)


def _shape(scores: torch.Tensor, batch: Sequence[Row]) -> None:
    """Apply, in place, what changes scores before they are drawn from: biases, penalties, grammars."""
    for at, row in enumerate(batch):
        if row.plain:
            continue
        line, wanted = scores[at], row.sampling
        if wanted.repetition != 1 and row.seen:
            seen = torch.tensor(list(row.seen), device=scores.device)
            known = line[seen]
            line[seen] = torch.where(known > 0, known / wanted.repetition, known * wanted.repetition)
        if (wanted.presence or wanted.frequency) and row.written:
            tokens = torch.tensor(list(row.written), device=scores.device)
            counts = torch.tensor(list(row.written.values()), device=scores.device, dtype=scores.dtype)
            line[tokens] -= wanted.presence + wanted.frequency * counts
        for token, bias in wanted.bias.items():
            if 0 <= token < line.shape[0]:
                line[token] += bias
        if row.bound is not None:
            allowed = torch.from_numpy(row.bound.allowed(line.shape[0])).to(scores.device)
            line.masked_fill_(~allowed, NEVER)


def draw(scores: torch.Tensor, batch: Sequence[Row]) -> list[int]:
    """Return a token for every row: the likeliest at temperature 0, else one by chance."""
    chosen: list[int] = scores.argmax(-1).tolist()
    chance = [at for at, row in enumerate(batch) if row.sampling.temperature]
    if not chance:
        return chosen
    rules = [batch[at].sampling for at in chance]
    values, tokens = _ordered(scores[chance] / _column(rules, "temperature", scores), rules)
    if any(rule.min_p for rule in rules):
        least = values.amax(-1, keepdim=True) + _column(rules, "min_p", scores).log()
        values = values.masked_fill(values < least, NEVER)
    shares = values.softmax(-1)
    if tokens is not None:
        before = shares.cumsum(-1) - shares
        most = _column(rules, "top_p", scores)
        dropped = (before >= most) & (most < 1)
        dropped[:, 0] = False
        shares = shares.masked_fill(dropped, 0.0)
    wide = shares if scores.device.type == "mps" else shares.double()
    sums = wide.cumsum(-1)
    # one number per token, so that a seed means the same whoever else is in the batch
    throws = torch.tensor([[batch[at].random.random()] for at in chance], dtype=sums.dtype)
    hits = torch.searchsorted(sums, throws.to(sums.device) * sums[:, -1:], right=True)
    hits = hits.clamp(max=sums.shape[-1] - 1)
    hits = torch.where(shares.gather(-1, hits) > 0, hits, shares.argmax(-1, keepdim=True))
    drawn = hits if tokens is None else tokens.gather(-1, hits)
    for at, token in zip(chance, drawn.squeeze(-1).tolist(), strict=True):
        chosen[at] = token
    return chosen


def _ordered(scores: torch.Tensor, rules: Sequence[Sampling]) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Return scores from the largest down with their tokens, as far as the rules need that.

    Where no rule does, they come as they are, without tokens.
    """
    width = scores.shape[-1]
    if all(0 < rule.top_k < width for rule in rules):
        values, tokens = scores.topk(max(rule.top_k for rule in rules))
    elif any(rule.top_p < 1 or 0 < rule.top_k < width for rule in rules):
        values, tokens = scores.sort(descending=True)
    else:
        return scores, None
    limits = torch.tensor([[rule.top_k or width] for rule in rules], device=scores.device)
    ranks = torch.arange(values.shape[-1], device=scores.device).unsqueeze(0)
    return values.masked_fill(ranks >= limits, NEVER), tokens


def _column(rules: Sequence[Sampling], name: str, like: torch.Tensor) -> torch.Tensor:
    return torch.tensor([[getattr(rule, name)] for rule in rules], device=like.device, dtype=like.dtype)
