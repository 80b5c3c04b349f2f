"""Instances over a fake engine, for tests that start models."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from stellarchat.core.models import Variant
from stellarchat.engines.base import Engine
from stellarchat.services.instances.instances import InstanceSettings
from stellarchat.store import Store
from tests.databases import sqlite_url
from tests.services.house import House


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(sqlite_url(tmp_path))
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def make(tmp_path: Path, store: Store) -> AsyncIterator[Callable[..., House]]:
    made: list[House] = []

    def build(*engines: Engine, entries: tuple[Variant, ...] = (), **settings: object) -> House:
        house = House(tmp_path, store, InstanceSettings(**settings), *engines, entries=entries)  # type: ignore[arg-type]
        made.append(house)
        return house

    yield build
    for house in made:
        await house.instances.close()
        await house.supervisor.close()


@pytest.fixture
def house(make: Callable[..., House]) -> House:
    return make()
