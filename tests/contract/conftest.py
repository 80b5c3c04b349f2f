"""Fixtures of the surfaces' contracts."""

import pathlib
from collections.abc import AsyncIterator

import pytest

from tests.contract.chat_house import House, open_house
from tests.fake_engine import Fake, running_fake


@pytest.fixture
async def fake() -> AsyncIterator[Fake]:
    """A fake engine."""
    async with running_fake() as engine:
        yield engine


@pytest.fixture
async def house(tmp_path: pathlib.Path, fake: Fake) -> AsyncIterator[House]:
    """The chat doors, served."""
    async with open_house(tmp_path, fake) as made:
        yield made
