"""Which engine a variant runs on where several could."""

from pathlib import Path

import pytest

from stellarchat.core.errors import BadRequest, EngineMissing
from stellarchat.core.launch import LaunchOptions
from stellarchat.services.catalog import Catalog
from stellarchat.services.placement import Placement
from tests.services.house import FakeEngine, Machine
from tests.services.models import entry, variant

BOTH = variant("both", engines=("first", "second"))


def engines() -> tuple[FakeEngine, FakeEngine, Placement]:
    """Two engines, and a placement that knows them."""
    first, second = FakeEngine(), FakeEngine()
    first.name, second.name = "first", "second"
    catalog = Catalog([entry(BOTH)], Path("/nowhere"))
    made = {"first": first, "second": second}
    return first, second, Placement(catalog, made, Machine, LaunchOptions(), 0)  # type: ignore[arg-type]


def test_the_first_usable_engine_is_taken() -> None:
    first, second, placement = engines()
    assert placement.engine(BOTH, LaunchOptions()) is first
    assert placement.engine(BOTH, LaunchOptions(engine="second")) is second


def test_one_that_refuses_leaves_it_to_the_next() -> None:
    _, second, placement = engines()
    second.has_gpu_code = True
    assert placement.engine(BOTH, LaunchOptions(n_gpu=1)) is second
    with pytest.raises(BadRequest) as asked_for:
        placement.engine(BOTH, LaunchOptions(engine="first", n_gpu=1))
    assert asked_for.value.param == "n_gpu"


def test_where_all_refuse_the_first_reason_is_told() -> None:
    _, _, placement = engines()
    with pytest.raises(BadRequest, match="It has no GPU") as caught:
        placement.engine(BOTH, LaunchOptions(n_gpu=1))
    assert caught.value.param == "n_gpu"


def test_where_none_is_installed_the_remedy_is_told() -> None:
    first, second, placement = engines()
    first.usable = second.usable = False
    with pytest.raises(EngineMissing) as caught:
        placement.engine(BOTH, LaunchOptions())
    assert caught.value.remedy == "pip install it"
