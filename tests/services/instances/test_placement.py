"""Which engine a variant runs on where several could."""

from pathlib import Path

import msgspec
import pytest

from stellarchat.core.errors import BadRequest, EngineMissing
from stellarchat.core.launch import LaunchOptions
from stellarchat.core.models import Artefact
from stellarchat.engines.base import Footprint
from stellarchat.services.catalog.catalog import Catalog
from stellarchat.services.instances.placement import Placement, Room
from tests.services.house import FakeEngine, Machine
from tests.services.models import entry, variant

BOTH = variant("both", engines=("first", "second"))


def engines(has: bool = True) -> tuple[FakeEngine, FakeEngine, Placement]:
    """Two engines, and a placement that knows them."""
    first, second = FakeEngine(), FakeEngine()
    first.name, second.name = "first", "second"
    catalog = Catalog([entry(BOTH)], Path("/nowhere"))
    made = {"first": first, "second": second}
    placement = Placement(
        catalog,
        made,  # type: ignore[arg-type]
        Machine,
        LaunchOptions(),
        0,
        has=lambda engine, variant: has,
    )
    return first, second, placement


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


def test_a_server_without_the_model_comes_last() -> None:
    first, second, placement = engines(has=False)
    first.daemon = object()  # type: ignore[assignment]
    assert placement.engine(BOTH, LaunchOptions()) is second
    assert placement.engine(BOTH, LaunchOptions(engine="first")) is first  # it says itself what it lacks
    first, second, placement = engines(has=False)
    first.daemon, second.usable = object(), False  # type: ignore[assignment]
    assert placement.engine(BOTH, LaunchOptions()) is first
    assert engines(has=True)[2].engine(BOTH, LaunchOptions()).name == "first"


def test_what_would_fit_runs_on_the_same_engine_in_its_precision() -> None:
    first = FakeEngine()
    first.name = "first"
    made = [
        variant(name, Artefact(path="/x", size_bytes=size << 30), engines=(engine,), model_id="m")
        for name, size, engine in (("big", 8, "first"), ("half", 4, "first"), ("other", 1, "second"))
    ]
    catalog = Catalog([msgspec.structs.replace(entry(made[0]), variants=tuple(made))], Path("/nowhere"))
    placement = Placement(catalog, {"first": first}, Machine, LaunchOptions(), 0)  # type: ignore[arg-type]
    # twice the bytes of the file
    held = Footprint(weights_bytes=16 << 30, kv_bytes_per_token=0, overhead_bytes=0, context_limit=2048)
    wanted = LaunchOptions(context_length=512, slots=1)

    def reason(free: int) -> str | None:
        room = Room(1, free << 30)
        return placement.foresee(first, made[0], wanted, held, room).fit.reason  # type: ignore[arg-type]

    assert "variant half" in str(reason(9))
    assert "smaller one" in str(reason(7))
