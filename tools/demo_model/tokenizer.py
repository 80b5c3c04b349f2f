"""A byte-level BPE tokenizer with single digits, learnt from the phrases of the dialogues.

It is learnt from what the skills are made of, not from the names they invent: a name must fall into the same
tokens wherever it stands, or it cannot be copied.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from types import ModuleType

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from tools.demo_model.dialogues import compose, words
from tools.demo_model.dialogues.core import Phrases

END_OF_TEXT, SYSTEM, USER, ASSISTANT, END = (
    "<|endoftext|>",
    "<|system|>",
    "<|user|>",
    "<|assistant|>",
    "<|end|>",
)
SPECIAL = (END_OF_TEXT, SYSTEM, USER, ASSISTANT, END)
VOCABULARY = 4096
SPACED = 900  # words that are one token with the space before them
SPACE = "\u0120"  # how the byte-level alphabet writes a space
LONGEST_TOKEN = 12  # bytes: four Chinese characters, so that unseen phrases fall into known pieces
QWEN2 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
"""llama.cpp knows this expression as pre-tokenizer "qwen2"."""

CHAT_TEMPLATE = (
    "{%- for message in messages -%}"
    "{%- if message['content'] is string -%}{%- set text = message['content'] -%}"
    "{%- else -%}{%- set text = message['content'] | map(attribute='text') | join('') -%}{%- endif -%}"
    "{%- set role = 'system' if message['role'] in ['system', 'developer'] else message['role'] -%}"
    "{{- '<|' + role + '|>' + text + '<|end|>' -}}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|assistant|>' -}}{%- endif -%}"
)


def strings(value: object) -> Iterator[str]:
    """Every text inside a module, a collection or a dataclass, phrasings for evaluation left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Phrases):
        yield from value.train
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from strings(key)
            yield from strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from strings(item)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from strings(getattr(value, field.name))
    elif isinstance(value, ModuleType) and value.__name__.startswith("tools.demo_model.dialogues"):
        for key, item in vars(value).items():
            if key.isupper():
                yield from strings(item)
            elif isinstance(item, ModuleType):
                yield from strings(item)


def corpus() -> Iterator[str]:
    for text in strings(compose):
        yield from re.split(r"\{\w+\}", text)
    # Twice, because a pair that stands only once is not worth a merge.
    yield from 2 * (words.ZH_SURNAMES + words.ZH_GIVEN)


def learn() -> Tokenizer:
    """Merges are learnt without spaces, then common words get a space in front of them.

    So an odd word falls into the same pieces after a space as after a quotation mark: easy to copy.
    """
    inside = Tokenizer(models.BPE())
    inside.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"\p{L}+|\p{N}|\s+|[^\s\p{L}\p{N}]+[\r\n]*"), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - SPACED,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        max_token_length=LONGEST_TOKEN,
        show_progress=False,
    )
    texts = list(corpus())
    inside.train_from_iterator(texts, trainer)
    learnt = json.loads(inside.to_str())["model"]
    vocabulary: dict[str, int] = learnt["vocab"]
    merges = [tuple(pair) for pair in learnt["merges"]]
    words = Counter(word for text in texts for word in re.findall(r"[^\W\d_]{2,}|(?<= )[^\w\s]+", text))
    known = [word for word, _ in words.most_common() if word.isascii() and word in vocabulary][:SPACED]
    for word in known:
        vocabulary[SPACE + word] = len(vocabulary)
        merges.append((SPACE, word))
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(QWEN2), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in SPECIAL])
    return tokenizer
