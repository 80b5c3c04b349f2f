"""Engines by name."""

from importlib import metadata

import pytest

from stellarchat.engines.llamacpp.engine import LlamaCpp
from stellarchat.engines.openai.engine import OpenAIEndpoint
from stellarchat.engines.registry import GROUP, ImportFromStringError, Registry, import_from_string


def test_the_built_in_engines_are_there() -> None:
    registry = Registry()
    assert {"llamacpp", "openai"} <= set(registry)
    assert isinstance(registry["llamacpp"], LlamaCpp)
    assert isinstance(registry["openai"], OpenAIEndpoint)
    assert registry["llamacpp"] is registry["llamacpp"]
    assert len(registry) == len(list(registry))


def test_an_engine_is_named_as_it_is_listed() -> None:
    registry = Registry()
    assert {name: registry[name].name for name in ("llamacpp", "openai")} == {
        "llamacpp": "llamacpp",
        "openai": "openai",
    }


def test_a_plug_in_is_found_and_cannot_take_a_built_in_name(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        metadata.EntryPoint("mine", "stellarchat.engines.openai.engine:OpenAIEndpoint", GROUP),
        metadata.EntryPoint("llamacpp", "evil:Engine", GROUP),
    ]

    def entry_points(group: str) -> list[metadata.EntryPoint]:
        return points if group == GROUP else []

    monkeypatch.setattr(metadata, "entry_points", entry_points)
    registry = Registry()
    assert isinstance(registry["mine"], OpenAIEndpoint)
    assert isinstance(registry["llamacpp"], LlamaCpp)


@pytest.mark.parametrize(
    ("target", "word"),
    [
        ("nothing", "form"),
        ("a:", "form"),
        ("no_such_module:X", "no module 'no_such_module'"),
        ("stellarchat.engines.registry:Nothing", "has no 'Nothing'"),
    ],
)
def test_a_wrong_import_string_says_what_is_wrong(target: str, word: str) -> None:
    with pytest.raises(ImportFromStringError, match=word):
        import_from_string(target)


def test_none_is_imported_before_it_is_used() -> None:
    registry = Registry({"broken": "no_such_module:X"})
    assert list(registry) == ["broken"]
    with pytest.raises(ImportFromStringError):
        registry["broken"]
