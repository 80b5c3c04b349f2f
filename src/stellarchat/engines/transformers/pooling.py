"""Texts to vectors and to scores: embedding models and cross encoders."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import torch

from stellarchat.engines.transformers.bodies import BadBody
from stellarchat.engines.transformers.loading import Loaded, Unusable

# tokens computed at once: padded texts of similar length
BATCH_TOKENS = 8192
MODES = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_lasttoken": "last",
}
KNOWN_MODULES = ("Transformer", "Pooling", "Normalize")


class Vectors(msgspec.Struct, frozen=True):
    """The vectors (or scores) of some texts and how many tokens they had."""

    values: list[Any]
    tokens: int


def pooling(folder: Path) -> str:
    """Return how a folder of sentence-transformers wants tokens pooled; `mean` where it does not say.

    Raises Unusable where it has layers that are not known here.
    """
    try:
        modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    except OSError:
        return "mean"
    mode = "mean"
    for module in modules:
        name = str(module.get("type", "")).rsplit(".", 1)[-1]
        if name not in KNOWN_MODULES:
            raise Unusable(
                f"{folder.name}: its module {name} is not supported by this engine. Use another model."
            )
        if name == "Pooling":
            said = json.loads((folder / module["path"] / "config.json").read_text(encoding="utf-8"))
            mode = _mode(said, folder)
    return mode


def _mode(said: dict[str, Any], folder: Path) -> str:
    mode = said.get("pooling_mode")
    chosen = [mode] if isinstance(mode, str) else [MODES[key] for key in MODES if said.get(key)]
    chosen = ["last" if mode == "lasttoken" else mode for mode in chosen]
    if len(chosen) != 1 or chosen[0] not in MODES.values():
        raise Unusable(f"{folder.name}: its way of pooling is not supported by this engine: {said}.")
    return str(chosen[0])


class Pooler:
    """Runs an embedding model or a cross encoder. All of it blocks; call it in one thread."""

    def __init__(self, loaded: Loaded, kind: str, context: int, mode: str) -> None:
        self._loaded, self._kind, self._context, self._mode = loaded, kind, context, mode

    def embed(self, texts: Sequence[str | list[int]]) -> Vectors:
        """Return a vector of length 1 for each text. Raises BadBody for one that is too long."""
        tokenizer = self._loaded.tokenizer
        items = [
            {"input_ids": text} if isinstance(text, list) else dict(tokenizer(text, truncation=False))
            for text in texts
        ]
        self._check(items, "input")
        return self._run(items, self._pooled)

    def rank(self, query: str, documents: Sequence[str]) -> Vectors:
        """Return how well each document answers the query, 0 to 1."""
        tokenizer = self._loaded.tokenizer
        items = [dict(tokenizer(query, document, truncation=False)) for document in documents]
        self._check(items, "documents")
        return self._run(items, self._scored)

    def _check(self, items: Sequence[dict[str, Any]], field: str) -> None:
        for at, item in enumerate(items):
            length = len(item["input_ids"])
            if not length:
                raise BadBody(f"{field}[{at}] is empty.", field)
            if length > self._context:
                raise BadBody(
                    f"{field}[{at}] has {length} tokens, and the context length is {self._context}.",
                    field,
                    "exceed_context_size_error",
                )

    def _run(self, items: Sequence[dict[str, Any]], read: Any) -> Vectors:
        lengths = [len(item["input_ids"]) for item in items]
        order = sorted(range(len(items)), key=lengths.__getitem__)
        values: list[Any] = [None] * len(items)
        for part in _parts(order, lengths):
            padded = self._loaded.tokenizer.pad(
                [items[at] for at in part], padding=True, return_tensors="pt", padding_side="right"
            ).to(self._loaded.model.device)
            with torch.inference_mode():
                found = read(padded)
            for at, value in zip(part, found.float().cpu().tolist(), strict=True):
                values[at] = value
        return Vectors(values, sum(lengths))

    def _pooled(self, padded: Any) -> torch.Tensor:
        hidden = self._loaded.model(**padded).last_hidden_state.float()
        mask = padded["attention_mask"].unsqueeze(-1)
        if self._mode == "cls":
            vectors = hidden[:, 0]
        elif self._mode == "last":
            last = padded["attention_mask"].sum(1) - 1
            vectors = hidden[torch.arange(len(last), device=hidden.device), last]
        elif self._mode == "max":
            vectors = hidden.masked_fill(mask == 0, float("-inf")).amax(1)
        else:
            vectors = (hidden * mask).sum(1) / mask.sum(1)
        return torch.nn.functional.normalize(vectors, dim=-1)

    def _scored(self, padded: Any) -> torch.Tensor:
        logits: torch.Tensor = self._loaded.model(**padded).logits.float()
        # one label: its logit; two: the second is "relevant"
        return logits[:, 0].sigmoid() if logits.shape[-1] == 1 else logits.softmax(-1)[:, 1]


def _parts(order: Sequence[int], lengths: Sequence[int]) -> list[list[int]]:
    """Cut `order`, from short to long, where a padded batch would have too many tokens."""
    parts: list[list[int]] = []
    for at in order:
        if parts and (len(parts[-1]) + 1) * lengths[at] <= BATCH_TOKENS:
            parts[-1].append(at)
        else:
            parts.append([at])
    return parts
