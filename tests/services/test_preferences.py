"""What users choose is kept, checked and theirs alone."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from stellarchat.core.errors import BadRequest, PayloadTooLarge
from stellarchat.services.preferences import Chosen, Preferences
from stellarchat.store.database import Store


@pytest.fixture
async def preferences(tmp_path: Path) -> AsyncIterator[Preferences]:
    """Preferences in a fresh store."""
    store = Store(f"sqlite:///{tmp_path / 'preferences.db'}")
    await store.open()
    yield Preferences(store)
    await store.close()


async def test_at_first_nothing_is_chosen(preferences: Preferences) -> None:
    assert await preferences.get("anna") == Chosen()


async def test_changes_are_kept_for_one_user(preferences: Preferences) -> None:
    changed = await preferences.change("anna", {"default_model": "m", "params": {"top_p": 0.5}})
    assert changed == Chosen(default_model="m", params={"top_p": 0.5})
    assert await preferences.get("anna") == changed
    assert await preferences.get("bert") == Chosen()


async def test_null_takes_back(preferences: Preferences) -> None:
    await preferences.change("anna", {"default_model": "m", "system_prompt": "be kind"})
    assert await preferences.change("anna", {"default_model": None}) == Chosen(system_prompt="be kind")


async def test_the_pages_own_settings_are_merged_by_key(preferences: Preferences) -> None:
    await preferences.change("anna", {"ui": {"theme": "dark", "size": 1}})
    changed = await preferences.change("anna", {"ui": {"size": None, "font": "mono"}})
    assert changed.ui == {"theme": "dark", "font": "mono"}


@pytest.mark.parametrize(
    ("fields", "error", "param"),
    [
        ({"nonsense": 1}, BadRequest, "nonsense"),
        ({"default_model": 5}, BadRequest, "default_model"),
        ({"default_model": "m" * 257}, BadRequest, "default_model"),
        ({"params": []}, BadRequest, "params"),
        ({"params": {"temperature": 5}}, BadRequest, "temperature"),
        ({"system_prompt": "x" * 200_001}, PayloadTooLarge, "system_prompt"),
        ({"ui": {"x": "x" * 70_000}}, PayloadTooLarge, "ui"),
    ],
)
async def test_wrong_ones_are_refused(
    preferences: Preferences, fields: dict[str, Any], error: type[Exception], param: str
) -> None:
    with pytest.raises(error) as caught:
        await preferences.change("anna", fields)
    assert getattr(caught.value, "param", None) == param
    assert await preferences.get("anna") == Chosen()


async def test_what_is_merged_is_bounded_too(preferences: Preferences) -> None:
    await preferences.change("anna", {"ui": {"a": "x" * 40_000}})
    with pytest.raises(PayloadTooLarge):
        await preferences.change("anna", {"ui": {"b": "x" * 40_000}})
    assert set((await preferences.get("anna")).ui) == {"a"}
