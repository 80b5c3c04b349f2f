"""The places at all replicas of one model, with one queue before them."""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from stellarchat.core.errors import QueueFull
from stellarchat.engines._openai_http.upstream import Upstream
from stellarchat.services.answers.admission import Breaker
from stellarchat.services.instances.targets import Target

Affinity = str | Callable[[], str | None] | None
"""What a request shares with those that should read their prompts at the same replica, or how to find it."""

MARGIN = 2  # replies that the replica of the same prefix may be writing more than the least busy one
REMEMBERED = 10_000  # prefixes


class Seat:
    """Places and connections of one replica or endpoint; they outlast its process.

    `limit` is how many replies it writes at once (None: not ours to limit).
    """

    __slots__ = ("_stall_timeout", "active", "breaker", "limit", "target", "tokens", "turn", "upstream")

    def __init__(self, target: Target, stall_timeout: float) -> None:
        self.target = target
        self.limit = target.slots
        self.active = 0
        self.tokens = 0  # pieces of answers that came from it by now
        self.turn = 0  # when it was last given out
        self.breaker = Breaker(time.monotonic)
        self._stall_timeout = stall_timeout
        self.upstream = self._connect()

    @property
    def free(self) -> bool:
        """Whether it has a place left."""
        return self.limit is None or self.active < self.limit

    def renew(self, target: Target) -> None:
        """Go on with a new process, or with other options of the same."""
        if target.address != self.target.address:
            self.upstream.close()
            self.target = target
            self.upstream = self._connect()
            self.breaker.worked()  # a fresh process owes nothing for its predecessor
        self.target, self.limit = target, target.slots

    def close(self) -> None:
        """Close its idle connections."""
        self.upstream.close()

    def _connect(self) -> Upstream:
        address, dial = self.target.address, self.target.dial
        return Upstream(address.base_url, address.api_key, stall_timeout=self._stall_timeout, dial=dial)


class Pool:
    """Gives out the places of one model: to the least busy replica, or the one that read the prefix before.

    `source` returns the targets that take requests now; it is asked at every turn and must be cheap, and
    return the same tuple as long as nothing changed. At most `queue_limit` wait.
    """

    def __init__(
        self, source: Callable[[], tuple[Target, ...]], queue_limit: int, stall_timeout: float
    ) -> None:
        self.queue_limit = queue_limit
        self.seats: dict[str, Seat] = {}  # by instance, also of those that take no requests now
        self._source, self._stall_timeout = source, stall_timeout
        self._targets: tuple[Target, ...] = ()
        self._open: list[Seat] = []
        self._waiting: deque[_Waiter] = deque()
        self._prefixes: OrderedDict[str, Seat] = OrderedDict()
        self._turn = 0

    @property
    def active(self) -> int:
        """How many places are taken."""
        return sum(seat.active for seat in self.seats.values())

    @property
    def queued(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def take(self, affinity: Affinity) -> Seat | None:
        """Take a place now; None where all are taken or others wait already.

        Raises what a failing endpoint last failed with while all of them are left alone.
        """
        self._refresh()
        if len(self._open) == 1:
            seat = self._open[0]
            seat.breaker.check()
            if self._waiting or not seat.free:
                return None
            seat.active += 1
            return seat
        if not self._open:
            return None
        if all(seat.breaker.open for seat in self._open):
            self._open[0].breaker.check()
        if self._waiting:
            return None
        return self._pick(affinity() if callable(affinity) else affinity)

    async def wait(self, affinity: Affinity, report: Callable[[int], None], ticket: int) -> Seat | None:
        """Wait for a place, in the order of tickets; None where the model has to be looked for anew.

        `report` is told how many are before us. Raises QueueFull where too many wait already.
        """
        newest = not self._waiting or self._waiting[-1].ticket < ticket
        if len(self._waiting) >= self.queue_limit and newest:
            raise QueueFull(
                f"{self.active} replies are being written and {len(self._waiting)} wait.",
                remedy="Try again in a moment, or start another model or replica.",
                retry_after=2.0,
                sentence="queue_full",
                values={"active": self.active, "waiting": len(self._waiting)},
            )
        waiter = _Waiter(ticket, affinity() if callable(affinity) else affinity, report)
        place = sum(other.ticket < ticket for other in self._waiting)
        self._waiting.insert(place, waiter)
        self._refresh()
        if self._open and not (self._waiting[0] is waiter and any(seat.free for seat in self._open)):
            report(place)
        self.serve()
        try:
            return await waiter.turn
        except asyncio.CancelledError:
            if waiter.turn.done() and not waiter.turn.cancelled():
                seat = waiter.turn.result()
                if seat is not None:
                    self.release(seat)  # the place came in the moment in which the caller left
            elif waiter in self._waiting:
                self._waiting.remove(waiter)
                self._tell()
            raise

    def release(self, seat: Seat) -> None:
        """Give a place back; the first who waits gets it."""
        seat.active -= 1
        if self._waiting:
            self.serve()
        if not seat.active and seat not in self._open:
            self._tidy()

    def serve(self) -> None:
        """Let in those who wait as far as there are places: one came back, or a replica came or went."""
        self._refresh()
        before = len(self._waiting)
        while self._waiting:
            waiter = self._waiting[0]
            seat = None
            if self._open and not waiter.turn.done():  # done: it was called off, and is on its way out
                seat = self._pick(waiter.prefix)
                if seat is None:
                    break
            self._waiting.popleft()
            if not waiter.turn.done():
                waiter.turn.set_result(seat)
        if len(self._waiting) != before:
            self._tell()

    def close(self) -> None:
        """Close all connections; those who wait look for the model anew."""
        self._source = tuple
        self.serve()
        for seat in self.seats.values():
            seat.close()

    def seat(self, target: Target) -> Seat:
        """Return the place of a target, made on first use."""
        seat = self.seats.get(target.instance)
        if seat is None:
            seat = self.seats[target.instance] = Seat(target, self._stall_timeout)
        elif seat.target is not target:
            seat.renew(target)
        return seat

    def _pick(self, prefix: str | None) -> Seat | None:
        """Take a place at the best replica that has one; a failing one only where all of them fail."""
        free = [seat for seat in self._open if seat.free]
        sound = [seat for seat in free if not seat.breaker.open]
        if not sound and any(not seat.breaker.open for seat in self._open):
            return None  # a sound one will be free in a while
        candidates = sound or free
        if not candidates:
            return None
        best = min(candidates, key=_busyness)
        if prefix is not None and len(self._open) > 1:
            known = self._prefixes.get(prefix)
            if known is not None and known.active - best.active <= MARGIN and known in candidates:
                best = known
            self._prefixes[prefix] = best
            self._prefixes.move_to_end(prefix)
            if len(self._prefixes) > REMEMBERED:
                self._prefixes.popitem(last=False)
        self._turn += 1
        best.turn = self._turn
        best.active += 1
        return best

    def _refresh(self) -> None:
        targets = self._source()
        if targets is self._targets:
            return
        self._targets = targets
        self._open = [self.seat(target) for target in targets]
        self._tidy()

    def _tidy(self) -> None:
        """Keep nothing of replicas that are gone, once nobody uses them."""
        for name, seat in list(self.seats.items()):
            if seat not in self._open and not seat.active:
                seat.close()
                del self.seats[name]

    def _tell(self) -> None:
        for place, waiter in enumerate(self._waiting):
            waiter.report(place)


class _Waiter:
    """Somebody in the queue."""

    __slots__ = ("prefix", "report", "ticket", "turn")

    def __init__(self, ticket: int, prefix: str | None, report: Callable[[int], None]) -> None:
        self.turn: asyncio.Future[Seat | None] = asyncio.get_running_loop().create_future()
        self.ticket, self.prefix, self.report = ticket, prefix, report


def _busyness(seat: Seat) -> tuple[int, int]:
    return seat.active, seat.turn  # of equally busy ones the one that was not asked for the longest time
