"""Picks who answers for a model, and lends one of its places."""

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol, Self

import msgspec

from stellarchat.core.errors import (
    EngineBusy,
    EngineDied,
    EngineError,
    EngineRefused,
    EngineRejected,
    EngineStalled,
    ModelNotFound,
    StellarChatError,
)
from stellarchat.core.events import Phase, Status
from stellarchat.engines._openai_http.dialect import Body
from stellarchat.engines._openai_http.native import Translated
from stellarchat.engines._openai_http.upstream import Response, Upstream
from stellarchat.services.admission import Breaker, Slots
from stellarchat.services.targets import Target

Report = Callable[[Status], None]


class LocalModels(Protocol):
    """What the gateway needs of the instances."""

    async def ensure_ready(self, model: str, report: Report) -> Target:
        """Return a ready target, starting the model if needed; raises ModelNotFound, LaunchFailed, …"""
        ...

    def hold(self, run_id: str) -> AbstractContextManager[None]:
        """Keep an instance from being unloaded."""
        ...

    def note_speed(self, run_id: str, tokens_per_second: float) -> None:
        """Remember a measured speed."""
        ...


class Load(msgspec.Struct, frozen=True):
    """How busy a target is: replies being written, and requests waiting."""

    active: int
    queued: int


def ignore(status: Status) -> None:
    """A report nobody reads."""


class _Seat:
    """Admission and connections of one target; replaced when the instance gets a new address."""

    def __init__(self, target: Target, queue_limit: int, stall_timeout: float) -> None:
        self.slots = Slots(target.slots, queue_limit)
        self.breaker = Breaker(time.monotonic)
        self.stall_timeout = stall_timeout
        self.target = target
        self.upstream = self._connect()

    def renew(self, target: Target) -> None:
        if target.address != self.target.address:
            self.upstream.close()
            self.target = target
            self.upstream = self._connect()
            self.breaker.worked()  # a fresh process owes nothing for its predecessor
        self.target = target
        self.slots.limit = target.slots

    def _connect(self) -> Upstream:
        address = self.target.address
        return Upstream(address.base_url, address.api_key, stall_timeout=self.stall_timeout)


class Lease:
    """A place at an engine, for one request. `queue_ms` and `load_ms` tell what it took to get it."""

    __slots__ = ("_gateway", "_held", "_report", "_seat", "load_ms", "model", "queue_ms", "target")

    target: Target

    def __init__(self, gateway: "Gateway", model: str, report: Report) -> None:
        self._gateway = gateway
        self._report = report
        self._seat: _Seat | None = None
        self._held: AbstractContextManager[None] | None = None
        self.model = model
        self.queue_ms = self.load_ms = 0.0

    async def __aenter__(self) -> Self:
        gateway, began = self._gateway, time.monotonic()
        target = gateway.endpoints.get(self.model)
        if target is None:
            target = await gateway.locals.ensure_ready(self.model, self._report)
            self.load_ms = (time.monotonic() - began) * 1000
            if target.run_id is not None:
                self._held = gateway.locals.hold(target.run_id)
                self._held.__enter__()
        try:
            seat = gateway.seat(target)
            seat.breaker.check()
            waited = time.monotonic()
            await seat.slots.acquire(self._queued)
            self._seat = seat
            self.queue_ms = (time.monotonic() - waited) * 1000
            if self.queue_ms > 1 and target.run_id is not None:  # it may have been restarted meanwhile
                target = await gateway.locals.ensure_ready(self.model, self._report)
                seat.renew(target)
        except BaseException:
            self._give_back()
            raise
        self.target = target
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._seat is not None:
            if error is None:
                self._seat.breaker.worked()
            elif _is_the_engines_fault(error):
                assert isinstance(error, StellarChatError)
                self._seat.breaker.failed(error)
        self._give_back()

    async def request(self, method: str, path: str, body: bytes = b"") -> Response:
        """Ask the engine; see Upstream.request."""
        assert self._seat is not None
        return await self._seat.upstream.request(method, path, body)

    async def ask(self, path: str, body: Body, raw: bytes | None = None) -> Response | Translated:
        """Ask for `body`, an OpenAI body as the engine's dialect has it, at `path` below `/v1`.

        `raw` is `body` where it is encoded already. The answer is OpenAI's, whatever the engine speaks.
        """
        target = self.target
        native = target.dialect.native and target.dialect.native(path, body)
        if native:
            request = await self.request("POST", native.path, msgspec.json.encode(native.body))
            return Translated(request, native)
        return await self.request("POST", target.prefix + path, raw or msgspec.json.encode(body))

    def measured(self, tokens_per_second: float) -> None:
        """Tell how fast the engine wrote."""
        if self.target.run_id is not None:
            self._gateway.locals.note_speed(self.target.run_id, tokens_per_second)

    async def freed(self, patience: float = 2.0) -> bool:
        """Wait until the engine works for nobody but the other leases; False if it can't be seen.

        To be called with our own request closed. `patience` is in seconds.
        """
        seat, path = self._seat, self.target.dialect.slots_path
        if seat is None or path is None:
            return False
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            try:
                async with await seat.upstream.request("GET", path) as response:
                    slots = msgspec.json.decode(await response.read(1 << 20), type=list[_SlotState])
            except (EngineError, msgspec.MsgspecError):
                return False
            if sum(slot.is_processing for slot in slots) < max(seat.slots.active, 1):
                return True
            await asyncio.sleep(0.01)
        return False

    def _queued(self, position: int) -> None:
        self._report(Status(Phase.QUEUED, position=position, model=self.model))

    def _give_back(self) -> None:
        if self._seat is not None:
            self._seat.slots.release()
            self._seat = None
        if self._held is not None:
            self._held.__exit__(None, None, None)
            self._held = None


class _SlotState(msgspec.Struct):
    is_processing: bool = False


def _is_the_engines_fault(error: BaseException) -> bool:
    if isinstance(error, EngineRejected):
        return False
    return isinstance(error, EngineDied | EngineStalled | EngineBusy | EngineRefused)


class Gateway:
    """All models that can be talked to: remote endpoints by name, local ones through `LocalModels`."""

    def __init__(
        self,
        locals_: LocalModels,
        endpoints: Iterable[Target] = (),
        *,
        queue_limit: int = 256,
        stall_timeout: float = 300.0,
    ) -> None:
        self.locals = locals_
        self.endpoints = {target.model: target for target in endpoints}
        self.queue_limit, self.stall_timeout = queue_limit, stall_timeout
        self._seats: dict[str, _Seat] = {}

    def lease(self, model: str, report: Report = ignore) -> Lease:
        """Return an `async with` block inside which the request may be made.

        Entering waits: for a stopped model to start, for a free place. `report` hears of it. Raises
        ModelNotFound, QueueFull, LaunchFailed, and Unavailable while a failing endpoint is left alone.
        """
        if not model:
            raise ModelNotFound("No model was named.", param="model", remedy="Name one of GET /v1/models.")
        return Lease(self, model, report)

    def load(self, instance: str) -> Load:
        """How busy a run_id or endpoint is."""
        seat = self._seats.get(instance)
        return Load(seat.slots.active, seat.slots.queued) if seat else Load(0, 0)

    def active(self) -> int:
        """How many requests are being answered now, over all targets."""
        return sum(seat.slots.active for seat in self._seats.values())

    def seat(self, target: Target) -> _Seat:
        """The place of a target, made on first use."""
        seat = self._seats.get(target.instance)
        if seat is None:
            seat = self._seats[target.instance] = _Seat(target, self.queue_limit, self.stall_timeout)
        elif seat.target is not target:
            seat.renew(target)
        return seat

    def forget(self, instance: str) -> None:
        """Drop the connections to an instance that was stopped."""
        seat = self._seats.pop(instance, None)
        if seat is not None:
            seat.upstream.close()

    def close(self) -> None:
        """Close all connections."""
        for instance in list(self._seats):
            self.forget(instance)
