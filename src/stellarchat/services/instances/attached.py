"""Models in servers that are not ours: their state is what the server says, asked every few seconds.

An `Attached` stands where a supervised process would: it loads a model there, sees it go, and has it
dropped. One `Watch` asks for all models of a server.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping

from stellarchat.core.errors import EngineDied, EngineStalled, ErrorInfo, StellarChatError
from stellarchat.core.launch import InstanceState, LaunchOptions, ProcessState, StopReport
from stellarchat.engines.base import Daemon, Engine, Served
from stellarchat.runtime.logs import Logs, Stream
from stellarchat.services.background import Loop

log = logging.getLogger(__name__)

LOOK_SECONDS = 3.0  # between two questions
SILENT_SECONDS = 27.0  # more, while it does not answer and nothing of ours is in it
ANSWER_SECONDS = 10.0
FINAL = (InstanceState.STOPPED, InstanceState.FAILED)


def same(one: str, other: str) -> bool:
    """Whether two names mean the same model: `latest` is what is meant where no tag is given."""
    return _full(one) == _full(other)


def _full(name: str) -> str:
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def _last(name: str) -> str:
    return name.rstrip("/").rpartition("/")[2].lower()


class Watch:
    """What one server has, asked for all who want to know: `heard` are called after each round of questions.

    `served` is what it said last, `error` why it does not answer now, if so.
    """

    def __init__(
        self, engine: Engine, daemon: Daemon, heard: "Iterable[Callable[[Watch], None]]" = ()
    ) -> None:
        self.engine, self.daemon = engine, daemon
        self.served: list[Served] = []
        self.error: ErrorInfo | None = None
        self.attached: list[Attached] = []
        self.looked = False
        self._looking = asyncio.Lock()
        self._heard = heard
        loop = Loop(f"asking {engine.name} what it has", self._ask, LOOK_SECONDS)
        self.open, self.close = loop.open, loop.close

    def find(self, name: str) -> Served | None:
        """Return a model by name, as the server had it when it was asked last."""
        return next((one for one in self.served if same(one.name, name)), None)

    def may_have(self, *names: str) -> bool:
        """Whether it has a model of one of these names, or does not tell: folders and owners do not count."""
        if not self.looked:
            return True
        wanted = {last for name in names for last in (name.lower(), _last(name))}
        for one in self.served:
            there = (one.name, one.root or one.name)
            if wanted & {last for name in there for last in (name.lower(), _last(name))}:
                return True
        return any(self.find(name) for name in names)

    async def look(self) -> None:
        """Ask now, and tell those in it."""
        async with self._looking:
            began = time.monotonic()
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    self.served = await self.daemon.served()
                self.error = None
            except TimeoutError:
                self.error = EngineStalled(
                    f"{self.engine.name} does not answer.",
                    sentence="engine_no_answer",
                    values={"name": self.engine.name},
                ).info()
            except StellarChatError as error:
                self.error = error.info()
            for one in list(self.attached):
                one.heard(began)
        self.looked = True

    async def tell(self) -> None:
        """Ask now, and tell all who want to know."""
        await self.look()
        for heard in self._heard:
            heard(self)

    async def _ask(self) -> None:
        await self.tell()
        if self.error is not None and not self.attached:
            await asyncio.sleep(SILENT_SECONDS)


class Watches:
    """One watch for each engine that lives in a server that is not ours. `heard` listen to all of them."""

    def __init__(self, engines: Mapping[str, Engine]) -> None:
        self.heard: list[Callable[[Watch], None]] = []
        self._engines = engines
        self._watches: dict[str, Watch] = {}
        self._finding = Loop("looking for servers", self._find, LOOK_SECONDS)

    def of(self, engine: Engine) -> Watch:
        """Return the watch of an engine that has a daemon."""
        found = self._watches.get(engine.name)
        if found is None:
            assert engine.daemon is not None
            found = self._watches[engine.name] = Watch(engine, engine.daemon, self.heard)
        return found

    def named(self, engine: str) -> Watch | None:
        """Return the watch of the engine of a name, where there is one."""
        return self._watches.get(engine)

    def open(self) -> None:
        """Begin to ask all servers."""
        self._finding.open()

    async def look(self) -> None:
        """Ask all servers now, and tell all who want to know."""
        await asyncio.gather(*(watch.tell() for watch in self._all()))

    async def close(self) -> None:
        """Ask none any more."""
        await self._finding.close()
        await asyncio.gather(*(watch.close() for watch in self._watches.values()))

    async def _find(self) -> None:
        """Begin to ask servers that were found since: SGLang looks for one when it is first asked for."""
        for watch in self._all():
            watch.open()

    def _all(self) -> list[Watch]:
        return [self.of(engine) for engine in self._engines.values() if engine.daemon is not None]


class Attached:
    """A Process (see `process.py`) that is a model in a daemon.

    `name` is what to load. `named` is called with the server's name for it, and what it says of it, before
    it becomes ready.
    """

    def __init__(
        self,
        watch: Watch,
        name: str,
        options: LaunchOptions,
        named: Callable[[str, Served | None], None],
    ) -> None:
        self.logs = Logs()
        self.upstream = name
        self._server, self._options, self._named = watch, options, named
        self._state = ProcessState(state=InstanceState.LOADING)
        self._version = 0
        self._changed = asyncio.Event()
        self._ready_at = 0.0
        self._stopping: asyncio.Task[StopReport] | None = None
        self._loading: asyncio.Task[None] | None = None

    def open(self, *, found: bool = False) -> None:
        """Begin to load it, or to watch what was `found` in memory."""
        self._server.attached.append(self)
        if found:
            self._note(f"{self.upstream} was found in the memory of {self._server.daemon.address.base_url}")
            self._ready()
        else:
            self._loading = asyncio.create_task(self._load(), name=f"load {self.upstream}")

    @property
    def state(self) -> ProcessState:
        """What the server says of it."""
        return self._state

    @property
    def final(self) -> bool:
        """Whether it was dropped or could not be loaded."""
        return self._state.state in FINAL

    async def watch(self) -> AsyncIterator[ProcessState]:
        """Yield the present state and then every new one; a slow reader gets only the newest."""
        seen = -1
        while True:
            changed = self._changed
            if self._version == seen:
                await changed.wait()
                continue
            seen, state = self._version, self._state
            yield state
            if state.state in FINAL:
                return

    async def measure(self) -> int | None:
        """Return the memory that the server last told of."""
        return self._state.memory_bytes

    async def stop(self) -> StopReport:
        """Have it dropped from memory; return when the server says that it is gone.

        Raises what the server says where it refuses. Where it does not answer there is nothing to drop.
        """
        if self._stopping is None:
            self._stopping = asyncio.create_task(self._stop(), name=f"unload {self.upstream}")
        stopping = self._stopping
        try:
            return await asyncio.shield(stopping)
        except StellarChatError:
            if self._stopping is stopping:
                self._stopping = None
            raise

    def leave(self) -> None:
        """Let it stay where it is and look no more: the next start of this program finds it."""
        if self._loading is not None:
            self._loading.cancel()
        self._end(InstanceState.STOPPED)

    def heard(self, began: float) -> None:
        """Take note of what the server answered to a question of the moment `began`."""
        state = self._state.state
        if self.final or state is InstanceState.STOPPING or began < self._ready_at:
            return
        if state is InstanceState.LOADING and self._loading is not None and not self._loading.done():
            return
        if self._server.error is not None:
            if state is not InstanceState.UNREACHABLE:
                self._note(f"unreachable: {self._server.error.message}")
                self._set(InstanceState.UNREACHABLE, error=self._server.error)
            return
        served = self._server.find(self.upstream)
        if served is None or not served.loaded:
            self._note("the server has dropped it")
            self._end(InstanceState.STOPPED)
        elif state is not InstanceState.READY or served.memory_bytes != self._state.memory_bytes:
            self._set(InstanceState.READY)

    async def _load(self) -> None:
        daemon = self._server.daemon
        self._note(f"loading {self.upstream} at {daemon.address.base_url}")
        try:
            self.upstream = await daemon.load(self.upstream, self._options)
        except StellarChatError as error:
            self._fail(error.info())
            return
        except Exception as error:
            log.exception("%s could not be loaded", self.upstream)
            self._fail(ErrorInfo(code="launch_failed", message=str(error), status=503))
            return
        await self._server.look()
        self._note(f"{self.upstream} is loaded")
        self._ready()

    def _ready(self) -> None:
        self._ready_at = time.monotonic()
        self._named(self.upstream, self._server.find(self.upstream))
        self._set(InstanceState.READY)

    async def _stop(self) -> StopReport:
        began, held = time.monotonic(), self._state.memory_bytes or 0
        before = self._state
        was_there = before.state in (InstanceState.READY, InstanceState.UNREACHABLE)
        if not self.final:
            self._set(InstanceState.STOPPING)
        if self._loading is not None:
            self._loading.cancel()
            await asyncio.wait({self._loading})
        try:
            if before.state is not InstanceState.STOPPED:
                await self._server.daemon.unload(self.upstream)
        except (EngineDied, EngineStalled) as error:
            self._note(f"could not be told to drop it: {error.message}")
            held = 0
        except StellarChatError as error:
            self._note(f"was not dropped: {error.message}")
            if was_there:
                self._set(before.state, error=before.error)
                raise
            held = 0  # it had not come into memory by us, so nothing of ours is left there
        if self.final:
            return StopReport()
        self._end(InstanceState.STOPPED)
        return StopReport(memory_freed_bytes=held, took_ms=(time.monotonic() - began) * 1000)

    def _fail(self, error: ErrorInfo) -> None:
        self._note(f"failed: {error.message}")
        self._end(InstanceState.FAILED, error)

    def _end(self, state: InstanceState, error: ErrorInfo | None = None) -> None:
        if self in self._server.attached:
            self._server.attached.remove(self)
        if not self.final:
            self._set(state, error=error)
        self.logs.close()

    def _set(self, state: InstanceState, *, error: ErrorInfo | None = None) -> None:
        here = state in (InstanceState.READY, InstanceState.UNREACHABLE)
        served = self._server.find(self.upstream) if here else None
        self._state = ProcessState(
            state=state,
            address=self._server.daemon.address if here else None,
            memory_bytes=served.memory_bytes if served else None,
            error=error,
        )
        self._version += 1
        self._changed.set()
        self._changed = asyncio.Event()

    def _note(self, line: str) -> None:
        self.logs.feed(Stream.OUT, line.encode() + b"\n")
