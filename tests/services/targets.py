"""A gateway whose only model is a fake engine, spoken to as a remote endpoint."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import msgspec

from stellarchat.core.errors import ModelNotFound
from stellarchat.core.events import Status
from stellarchat.core.launch import Address
from stellarchat.engines._openai_http.dialect import LLAMACPP, Dialect
from stellarchat.services.answers.gateway import Gateway
from stellarchat.services.answers.meter import Measured
from stellarchat.services.instances.targets import Target
from tests.fake_engine import Fake


class Book:
    """A meter that keeps what it hears. `gate` tells how busy they are, where a test has it."""

    def __init__(self, gate: Gateway | None = None) -> None:
        self.answers: list[dict[str, object]] = []
        self.gate = gate

    def answered(self, answer: Measured) -> None:
        self.answers.append(msgspec.structs.asdict(answer))


class NoLocals:
    """Instances where there are none."""

    async def ensure_ready(self, model: str, report: Callable[[Status], None]) -> Target:
        raise ModelNotFound(f"There is no model {model!r}.", param="model")

    def targets(self, run_id: str) -> tuple[Target, ...]:
        return ()

    def awaiting(self, run_id: str) -> AbstractContextManager[None]:
        return nullcontext()

    def hold(self, instance: str) -> AbstractContextManager[None]:
        return nullcontext()

    async def died(self, target: Target) -> bool:
        return False

    def note_speed(self, run_id: str, tokens_per_second: float) -> None:
        raise AssertionError("no instance")


def target(fake: Fake, **changes: object) -> Target:
    """The fake under the name `fake`."""
    fields: dict[str, object] = {
        "model": "fake",
        "upstream_model": "fake",
        "engine": "openai",
        "dialect": LLAMACPP,
        "address": Address(fake.base_url, fake.key),
        "instance": "fake",
        **changes,
    }
    return Target(**fields)  # type: ignore[arg-type]


def gateway(*targets: Target, dialect: Dialect | None = None, **options: float) -> Gateway:
    """A gateway for these targets alone."""
    return Gateway(NoLocals(), targets, **options)  # type: ignore[arg-type]
