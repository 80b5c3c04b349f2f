"""Picks who answers for a model, and lends one of its places."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractContextManager
from functools import partial
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
    without,
)
from stellarchat.core.events import Phase, Status
from stellarchat.core.instances import Instance
from stellarchat.core.launch import InstanceState
from stellarchat.engines._openai_http.dialect import Body
from stellarchat.engines._openai_http.native import Translated
from stellarchat.engines._openai_http.upstream import Response
from stellarchat.services.answers.pool import Affinity, Pool, Seat
from stellarchat.services.instances.targets import Target

Report = Callable[[Status], None]
Own = Callable[[str, str], Awaitable[Target | None]]
"""Tells where a user's requests for a model go, where it is a model of that user alone."""


class LocalModels(Protocol):
    """What the gateway needs of the instances."""

    async def ensure_ready(self, model: str, report: Report) -> Target:
        """Return a ready target, starting the model if needed; raises ModelNotFound, LaunchFailed, …"""
        ...

    def targets(self, run_id: str) -> tuple[Target, ...]:
        """Return those of an instance's replicas that take requests; the same tuple until that changes."""
        ...

    def awaiting(self, run_id: str) -> AbstractContextManager[object]:
        """Keep an instance from being unloaded while somebody waits for a place at it."""
        ...

    def hold(self, instance: str) -> AbstractContextManager[object]:
        """Keep a replica from being stopped while it answers."""
        ...

    async def died(self, target: Target) -> bool:
        """Tell, within a second, whether the process behind a target has ended without being told to."""
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


class Lease:
    """A place at an engine, for one request. `queue_ms` and `load_ms` tell what it took to get it."""

    __slots__ = (
        "_affinity",
        "_gateway",
        "_held",
        "_pool",
        "_report",
        "_seat",
        "load_ms",
        "model",
        "queue_ms",
        "target",
        "user_id",
    )

    target: Target

    def __init__(
        self, gateway: "Gateway", model: str, report: Report, affinity: Affinity, user_id: str
    ) -> None:
        self._gateway = gateway
        self._report = report
        self._affinity = affinity
        self._pool: Pool | None = None
        self._seat: Seat | None = None
        self._held: AbstractContextManager[object] | None = None
        self.model, self.user_id = model, user_id
        self.queue_ms = self.load_ms = 0.0

    async def __aenter__(self) -> Self:
        gateway = self._gateway
        target = gateway.endpoints.get(self.model)
        if target is None and gateway.own is not None:
            target = await gateway.own(self.user_id, self.model)
        if target is None:
            began = time.monotonic()
            target = await gateway.locals.ensure_ready(self.model, self._report)
            self.load_ms = (time.monotonic() - began) * 1000
        pool = gateway.pool(target)
        seat = pool.take(self._affinity)
        if seat is None:
            pool, seat = await self._wait(pool, target)
        self._pool, self._seat = pool, seat
        if target.run_id is None:
            self.target = target
        else:
            self.target = seat.target
            self._held = gateway.locals.hold(seat.target.instance)
            self._held.__enter__()
        return self

    async def _wait(self, pool: Pool, target: Target) -> tuple[Pool, Seat]:
        """Wait in the queue; a model that goes away meanwhile is started again."""
        gateway, began, ticket = self._gateway, time.monotonic(), next(_tickets)
        while True:
            if target.run_id is None:
                seat = await pool.wait(self._affinity, self._queued, ticket)
            else:
                with gateway.locals.awaiting(target.run_id):
                    seat = await pool.wait(self._affinity, self._queued, ticket)
            if seat is not None:
                self.queue_ms = (time.monotonic() - began) * 1000
                return pool, seat
            target = await gateway.locals.ensure_ready(self.model, self._report)
            pool = gateway.pool(target)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._seat is not None:
            if isinstance(error, EngineError):
                _hide(self._seat.target.address.api_key, error)
            if error is None:
                self._seat.breaker.worked()
            elif _is_the_engines_fault(error):
                assert isinstance(error, StellarChatError)
                self._seat.breaker.failed(error)
        self._give_back()

    async def instead(self) -> "Lease | None":
        """Return another lease for the same request where the process of this one has died; else None.

        To be called when this one has ended with EngineDied, and only while nothing of an answer was
        given: who waits then cannot tell it from waiting. Entering it finds another replica, or waits
        for the process to be started again as every other request does.
        """
        target: Target | None = getattr(self, "target", None)
        if target is None or target.run_id is None or not await self._gateway.locals.died(target):
            return None
        return Lease(self._gateway, self.model, self._report, self._affinity, self.user_id)

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

    def wrote(self, tokens: int) -> None:
        """Count what has come of the answer, for the instance's course."""
        if self._seat is not None:
            self._seat.tokens += tokens

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
            if sum(slot.is_processing for slot in slots) < max(seat.active, 1):
                return True
            await asyncio.sleep(0.01)
        return False

    def _queued(self, position: int) -> None:
        self._report(Status(Phase.QUEUED, position=position, model=self.model))

    def _give_back(self) -> None:
        if self._pool is not None and self._seat is not None:
            self._pool.release(self._seat)
            self._seat = None
        if self._held is not None:
            self._held.__exit__(None, None, None)
            self._held = None


class _SlotState(msgspec.Struct):
    is_processing: bool = False


def _hide(key: str | None, error: EngineError) -> None:
    """Take a key out of an error: some servers repeat the one that they refuse."""
    if not key:
        return
    error.message = error.message.replace(key, "…")
    error.detail = error.detail.replace(key, "…") if error.detail else None
    error.param = error.param.replace(key, "…") if error.param else None
    error.values = error.values and without(key, error.values)
    error.args = (error.message,)


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
        own: Own | None = None,
        queue_limit: int = 256,
        stall_timeout: float = 300.0,
    ) -> None:
        self.locals, self.own = locals_, own
        self.endpoints = {target.model: target for target in endpoints}
        self.queue_limit, self.stall_timeout = queue_limit, stall_timeout
        self._pools: dict[str, Pool] = {}  # by run_id, or a remote endpoint's name

    def lease(
        self, model: str, report: Report = ignore, affinity: Affinity = None, user_id: str = ""
    ) -> Lease:
        """Return an `async with` block inside which the request may be made.

        Entering waits: for a stopped model to start, for a free place. `report` hears of it. Requests of
        the same `affinity` (a chat, say) go to the replica that has read their beginning already, unless
        that is busier than others; a function is called only where there is a choice. A user's own models
        are there for requests of that `user_id`. Raises
        ModelNotFound, QueueFull, LaunchFailed, and Unavailable while a failing endpoint is left alone.
        """
        if not model:
            raise ModelNotFound(
                "No model was named.",
                param="model",
                remedy="Name one of GET /v1/models.",
                sentence="model_unnamed",
            )
        return Lease(self, model, report, affinity, user_id)

    def load(self, instance: str) -> Load:
        """How busy a run_id, a remote endpoint or a single replica is; replicas share one queue."""
        pool = self._pools.get(instance)
        if pool is not None:
            return Load(pool.active, pool.queued)
        pool = self._pools.get(instance.rpartition(".")[0])
        seat = pool.seats.get(instance) if pool else None
        return Load(seat.active, pool.queued) if pool and seat else Load(0, 0)

    def tokens(self, instance: str) -> int:
        """How many tokens a run_id or a remote endpoint has written since it was first asked."""
        pool = self._pools.get(instance)
        return sum(seat.tokens for seat in pool.seats.values()) if pool else 0

    def active(self) -> int:
        """How many requests are being answered now, over all targets."""
        return sum(pool.active for pool in self._pools.values())

    def pool(self, target: Target) -> Pool:
        """The places of a target's replicas, made on first use."""
        run_id = target.run_id
        pool = self._pools.get(run_id or target.instance)
        if pool is None:
            source = partial(self.locals.targets, run_id) if run_id else partial(_same, (target,))
            pool = Pool(source, self.queue_limit, self.stall_timeout)
            self._pools[run_id or target.instance] = pool
        elif run_id is None:
            pool.seat(target)  # an endpoint has one place for all its models, and may get a new address
        return pool

    def seat(self, target: Target) -> Seat:
        """The place of one target, made on first use."""
        return self.pool(target).seat(target)

    def noticed(self, instance: Instance) -> None:
        """Hear of an instance's new state: those who wait may find a place now, or none any more."""
        if instance.state is InstanceState.STOPPED:
            self.forget(instance.run_id)
        elif (pool := self._pools.get(instance.run_id)) is not None:
            pool.serve()

    def forget(self, instance: str) -> None:
        """Drop the connections to an instance that was stopped."""
        pool = self._pools.pop(instance, None)
        if pool is not None:
            pool.close()

    def close(self) -> None:
        """Close all connections."""
        for instance in list(self._pools):
            self.forget(instance)


_tickets = itertools.count()


def _same(targets: tuple[Target, ...]) -> tuple[Target, ...]:
    return targets
