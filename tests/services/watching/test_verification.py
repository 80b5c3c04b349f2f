"""What an instance is found to do, and that people come first."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from stellarchat.core.instances import Instance
from stellarchat.core.launch import InstanceState
from stellarchat.core.models import Capability, ModelKind, Variant
from stellarchat.engines.ollama.engine import Ollama
from stellarchat.services.answers.gateway import Gateway
from stellarchat.services.catalog.catalog import Catalog
from stellarchat.services.instances.targets import Target
from stellarchat.services.watching.verification import Verification, Verifier
from tests.fake_ollama import FakeOllama, fake_ollama
from tests.services.models import entry, variant
from tests.services.targets import gateway
from tests.waiting import eventually

MODEL = "qwen3:0.6b"
SAID = [{"thinking": "Hmm"}, {"content": '{"ok": '}, {"content": "true}"}]
CAN = (Capability.TOOLS, Capability.THINKING)


@pytest.fixture
def fake() -> Iterator[FakeOllama]:
    with fake_ollama() as running:
        running.pieces = SAID
        yield running


class One:
    """Instances of which there is one."""

    def __init__(self, instance: Instance) -> None:
        self.it = instance

    def instance(self, run_id: str) -> Instance:
        return self.it


def ready(**changes: object) -> Instance:
    made = Instance(
        run_id="r1",
        model="ours",
        variant="ours",
        name="Ours",
        engine="ollama",
        state=InstanceState.READY,
        last_used_at=datetime.now(UTC) - timedelta(hours=1),
    )
    return msgspec.structs.replace(made, **changes)


@contextlib.asynccontextmanager
async def verifier(
    fake: FakeOllama, instances: One, model: Variant, quiet: float = 0.05
) -> AsyncIterator[tuple[Verifier, Gateway]]:
    engine = Ollama(fake.base_url)
    target = Target(
        model="ours",
        upstream_model="all-minilm:latest" if model.kind is ModelKind.EMBEDDING else MODEL,
        engine="ollama",
        dialect=engine.dialect,
        address=engine.daemon.address,
        instance="r1",
    )
    gate = gateway(target)
    made = Verifier(gate, Catalog([entry(model)], Path("/nowhere")), instances, quiet_seconds=quiet)
    try:
        yield made, gate
    finally:
        await made.close()
        gate.close()


async def test_abilities_are_found_by_asking(fake: FakeOllama) -> None:
    instances, heard = One(ready()), list[Verification]()
    model = variant("ours", capabilities=CAN)
    async with verifier(fake, instances, model) as (verify, _):
        verify.on_found(heard.append)
        assert verify.of("r1").verified_at is None
        verify.noticed(instances.it)
        verify.noticed(instances.it)  # every change is heard; it is asked once
        await eventually(lambda: bool(heard))
        checks = {name: check.ok for name, check in verify.of("r1").checks.items()}
        assert verify.capabilities(model, "ollama") == ("thinking",)
        assert verify.capabilities(model, "vllm") == ("tools", "thinking")  # not tried there
    assert checks == {
        "stream": True,
        "stop": None,  # Ollama does not tell
        "schema": True,
        "tools": False,
        "thinking": True,
        "vision": None,
    }
    assert len(heard) == 1


async def test_a_schema_that_is_not_kept_is_noticed(fake: FakeOllama) -> None:
    fake.pieces = [{"content": "Yes, I am ready!"}]
    instances = One(ready())
    async with verifier(fake, instances, variant("ours")) as (verify, _):
        verify.noticed(instances.it)
        await eventually(lambda: verify.of("r1").verified_at is not None)
        check = verify.of("r1").checks["schema"]
    assert check.ok is False
    assert "did not follow" in (check.note or "")


async def test_what_the_engine_says_is_the_reason(fake: FakeOllama) -> None:
    fake.pulled.remove(MODEL)
    instances = One(ready())
    async with verifier(fake, instances, variant("ours")) as (verify, _):
        verify.noticed(instances.it)
        await eventually(lambda: verify.of("r1").verified_at is not None)
        check = verify.of("r1").checks["stream"]
    assert check.ok is False
    assert "not found" in (check.note or "")


async def test_embedding_models_are_asked_for_a_vector(fake: FakeOllama) -> None:
    instances = One(ready())
    async with verifier(fake, instances, variant("ours", kind=ModelKind.EMBEDDING)) as (verify, _):
        verify.noticed(instances.it)
        await eventually(lambda: verify.of("r1").verified_at is not None)
        checks = verify.of("r1").checks
    assert {name: (check.ok, check.note) for name, check in checks.items()} == {
        "embeddings": (True, "3 numbers")
    }


async def test_people_come_first(fake: FakeOllama) -> None:
    instances = One(ready(last_used_at=datetime.now(UTC)))
    async with verifier(fake, instances, variant("ours"), quiet=3600) as (verify, _):
        verify.noticed(instances.it)
        await asyncio.sleep(0.05)
        assert not fake.bodies("/api/chat")
        verify.noticed(ready(state=InstanceState.STOPPED))
        assert verify.of("r1").verified_at is None
