"""Engines by name: a table of import strings, so that none is imported before it is used."""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module, metadata
from typing import Any, cast

from stellarchat.engines.base import Engine

GROUP = "stellarchat.engines"

BUILT_IN: Mapping[str, str] = {
    "llamacpp": "stellarchat.engines.llamacpp.engine:LlamaCpp",
    "ollama": "stellarchat.engines.ollama.engine:Ollama",
    "openai": "stellarchat.engines.openai.engine:OpenAIEndpoint",
    "sglang": "stellarchat.engines.sglang.engine:Sglang",
    "transformers": "stellarchat.engines.transformers.engine:Transformers",
    "vllm": "stellarchat.engines.vllm.engine:Vllm",
}


class ImportFromStringError(Exception):
    """An import string of the table does not lead to an object."""


def import_from_string(target: str) -> object:
    """Import `module:attribute`. Raises ImportFromStringError naming what is missing."""
    module_name, colon, attribute = target.partition(":")
    if not (module_name and colon and attribute):
        raise ImportFromStringError(f"{target!r} is not of the form 'module:attribute'.")
    try:
        module = import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name != module_name:  # a module that it imports is missing: say that one's name
            raise
        raise ImportFromStringError(f"There is no module {module_name!r}.") from error
    try:
        return getattr(module, attribute)
    except AttributeError as error:
        raise ImportFromStringError(f"Module {module_name!r} has no {attribute!r}.") from error


class Registry(Mapping[str, Engine]):
    """The engines that this installation knows, made on first use.

    Built-in ones come first: a plug-in cannot take the name of one. `settings` are the keywords that an
    engine of that name is made with.
    """

    def __init__(
        self,
        table: Mapping[str, str] | None = None,
        settings: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        self._settings = settings or {}
        if table is None:
            plugged = {point.name: point.value for point in metadata.entry_points(group=GROUP)}
            table = {**plugged, **BUILT_IN}
        self._table = dict(table)
        self._made: dict[str, Engine] = {}

    def __getitem__(self, name: str) -> Engine:
        engine = self._made.get(name)
        if engine is None:
            engine = cast(Callable[..., Engine], import_from_string(self._table[name]))(
                **self._settings.get(name, {})
            )
            self._made[name] = engine
        return engine

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)
