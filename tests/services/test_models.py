"""One list from catalogue, instances, downloads and endpoints; and the model nobody named."""

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from stellarchat.core.downloads import Download, DownloadStatus
from stellarchat.core.errors import EngineMissing, ModelNotFound, StellarChatError
from stellarchat.core.instances import Instance
from stellarchat.core.launch import InstanceState
from stellarchat.core.models import Variant
from stellarchat.services.answers.gateway import Load
from stellarchat.services.catalog.catalog import Catalog
from stellarchat.services.endpoints.endpoints import Remote, targets
from stellarchat.services.fit import Fit
from stellarchat.services.instances.targets import Target
from stellarchat.services.models import Models
from stellarchat.services.preferences import Preferences
from stellarchat.store.database import Store
from tests.services.models import entry, local, variant


class Started:
    """Instances by variant."""

    def __init__(self) -> None:
        self.found: dict[str, Instance] = {}

    def of(self, variant_id: str) -> Instance | None:
        return self.found.get(variant_id)

    def running(self) -> list[Instance]:
        return list(self.found.values())

    async def judge(self, variants: Iterable[Variant]) -> dict[str, Fit | StellarChatError]:
        missing = EngineMissing("There is no engine for it.")
        return {one.id: missing if one.id == "far" else Fit(True, 1, 2) for one in variants}

    def put(self, name: str, state: InstanceState) -> None:
        self.found[name] = Instance(
            run_id=f"run-{name}", model=name, variant=name, name=name, engine="llamacpp", state=state, slots=2
        )


class Downloading:
    """Downloads by variant."""

    def __init__(self) -> None:
        self.found: dict[str, Download] = {}

    def of(self, variant_id: str) -> Download | None:
        return self.found.get(variant_id)

    def put(self, name: str, status: DownloadStatus) -> None:
        now = datetime.now(UTC)
        self.found[name] = Download(
            id="d",
            variant_id=name,
            repo="owner/name",
            file="f",
            revision="main",
            path="p",
            status=status,
            created_at=now,
            updated_at=now,
        )


class Remotes:
    """A gateway with one remote model, and three requests at every instance."""

    def __init__(self) -> None:
        self.endpoints: dict[str, Target] = {}

    def load(self, instance: str) -> Load:
        return Load(active=2, queued=1)


class House(msgspec.Struct):
    """What the models are joined from."""

    models: Models
    started: Started
    downloads: Downloading
    remotes: Remotes
    preferences: Preferences


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """`demo` and `here` have their weights, `far` has not; nothing runs."""
    weights = tmp_path / "weights.gguf"
    weights.write_bytes(b"")
    catalog = Catalog(
        [
            entry(local("demo", weights), demonstration=True),
            entry(local("here", weights)),
            entry(variant("far")),
        ],
        tmp_path,
    )
    store = Store(f"sqlite:///{tmp_path / 'models.db'}")
    await store.open()
    started, downloads, remotes, preferences = Started(), Downloading(), Remotes(), Preferences(store)
    models = Models(catalog, started, downloads, remotes, preferences, configured="nonsense")
    yield House(models, started, downloads, remotes, preferences)
    await store.close()


def remote(house: House) -> None:
    """Add a remote model."""
    (target,) = targets(Remote(name="cloud", base_url="http://cloud/v1"), ["big"])
    house.remotes.endpoints["big"] = target


async def test_states(house: House) -> None:
    remote(house)
    house.started.put("demo", InstanceState.READY)
    found = {info.id: info for info in await house.models.all()}
    assert {name: info.state for name, info in found.items()} == {
        "demo": "ready",
        "here": "stopped",
        "far": "not_downloaded",
        "big": "remote",
    }
    assert (found["demo"].run_id, found["demo"].slots, found["demo"].active, found["demo"].queued) == (
        "run-demo",
        2,
        2,
        1,
    )
    assert found["demo"].fit == Fit(True, 1, 2)
    assert found["big"].endpoint == "cloud"
    assert (found["far"].fit, found["far"].error and found["far"].error.code) == (None, "engine_missing")


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (DownloadStatus.QUEUED, "downloading"),
        (DownloadStatus.RUNNING, "downloading"),
        (DownloadStatus.VERIFYING, "downloading"),
        (DownloadStatus.PAUSED, "not_downloaded"),
        (DownloadStatus.FAILED, "not_downloaded"),
    ],
)
def test_downloads_are_a_state(house: House, status: DownloadStatus, state: str) -> None:
    house.downloads.put("far", status)
    info = house.models.get("far")
    assert info.state == state
    assert info.download is not None


def test_usable_are_those_a_request_can_name_now(house: House) -> None:
    remote(house)
    assert [info.id for info in house.models.usable()] == ["demo", "here", "big"]


def test_unknown_models_are_not_found(house: House) -> None:
    with pytest.raises(ModelNotFound):
        house.models.get("nonsense")


def test_the_demonstration_writes_no_titles(house: House) -> None:
    assert not house.models.writes_titles("demo")
    assert house.models.writes_titles("here")
    assert not house.models.writes_titles("nonsense")


async def test_the_model_nobody_named(house: House) -> None:
    # what was installed on purpose is better than the demonstration; the configured one does not exist
    assert await house.models.default("anna") == "here"
    house.started.put("demo", InstanceState.READY)
    assert await house.models.default("anna") == "here"
    remote(house)
    house.started.put("here", InstanceState.FAILED)
    assert await house.models.default("anna") == "big"
    await house.preferences.change("anna", {"default_model": "far"})
    assert await house.models.default("anna") == "far"
    assert await house.models.default("bert") == "big"
