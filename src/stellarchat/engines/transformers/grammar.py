"""Answers that must follow a JSON Schema or a pattern: llguidance says which tokens may come next."""

import threading
from collections.abc import Sequence
from typing import Any

import llguidance
import msgspec
import numpy as np

from stellarchat.engines.transformers.bodies import BadBody, Wanted

# a model that may put white space anywhere without end can write nothing else until its limit
SPACE = r"[ \n]{0,1}[ \t]{0,16}"


class Matcher:
    """The state of one answer in its grammar. `failed` says why it cannot go on."""

    def __init__(self, matcher: Any, ends: Sequence[int]) -> None:
        self._matcher, self._ends = matcher, ends
        self.failed: str | None = None

    def copy(self) -> "Matcher":
        """Return another one in the same state, for another choice."""
        return Matcher(self._matcher.deep_copy(), self._ends)

    def allowed(self, width: int) -> Any:
        """Return an array of `width` booleans: which tokens may come next."""
        allowed: Any = np.zeros(width, dtype=bool)
        if self.failed is None and not self._matcher.is_stopped():
            bits = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8)
            found: Any = np.unpackbits(bits, bitorder="little")[:width].astype(bool)
            allowed[: len(found)] = found
        if self._matcher.is_error():
            self.failed = self.failed or self._matcher.get_error()
        if not allowed.any():
            allowed[list(self._ends)] = True
        return allowed

    def take(self, token: int) -> None:
        """Go on by a token."""
        if self.failed is None and token not in self._ends and not self._matcher.consume_token(token):
            self.failed = self._matcher.get_error()


class Grammars:
    """Makes matchers. The vocabulary is prepared when the first one is wanted, which takes a second."""

    def __init__(self, tokenizer: Any, width: int, ends: Sequence[int]) -> None:
        self._tokenizer, self._width, self._ends = tokenizer, width, list(ends)
        self._vocabulary: Any = None
        self._lock = threading.Lock()

    def matcher(self, wanted: Wanted) -> Matcher | None:
        """Return the matcher of what is wanted, None where nothing is. Blocks. Raises BadBody."""
        if wanted.schema is None and wanted.regex is None:
            return None
        field = "regex" if wanted.schema is None else "response_format"
        if wanted.schema is not None and wanted.regex is not None:
            raise BadBody("regex and response_format exclude each other.", "regex")
        try:
            import llguidance.hf

            with self._lock:
                if self._vocabulary is None:
                    self._vocabulary = llguidance.hf.from_tokenizer(
                        self._tokenizer, n_vocab=self._width, eos_token=self._ends
                    )
            grammar = _grammar(wanted)
            problem = llguidance.LLMatcher.validate_grammar(grammar, self._vocabulary)
        except ValueError as error:
            raise BadBody(f"{field} cannot be enforced: {error}", field) from error
        if problem and not problem.startswith("WARNING"):
            raise BadBody(f"{field} cannot be enforced: {problem}", field)
        return Matcher(llguidance.LLMatcher(self._vocabulary, grammar, log_level=0), self._ends)


def _grammar(wanted: Wanted) -> str:
    matcher = llguidance.LLMatcher
    if wanted.schema is None:
        return str(matcher.grammar_from_regex(wanted.regex or ""))
    schema = msgspec.json.encode(wanted.schema).decode()
    return str(
        matcher.grammar_from_json_schema(
            schema, overrides={"whitespace_flexible": True, "whitespace_pattern": SPACE}
        )
    )
