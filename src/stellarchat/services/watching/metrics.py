"""What the server measures about itself, as Prometheus series. Times are seconds, sizes bytes."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from stellarchat.core.models import OWN_PREFIX
from stellarchat.services.answers.meter import Measured

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# labels that come from clients are kept apart up to this many, so that nobody can fill the memory
NAMES = 200
OTHER = "other"
OWN = "own"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
_FIRST_TOKEN_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64)
_TOKEN_SECONDS = (0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1)


class Running(Protocol):
    """What is to be seen of a running instance."""

    @property
    def run_id(self) -> str:
        """Its name."""

    @property
    def model(self) -> str:
        """The model it answers for."""

    @property
    def state(self) -> str:
        """Where it stands."""

    @property
    def active(self) -> int:
        """Replies being written."""

    @property
    def queued(self) -> int:
        """Requests waiting."""

    @property
    def memory_bytes(self) -> int | None:
        """What its processes hold."""


class Metrics:
    """All series of one server process. Also what the hot path reports to (a `Meter`)."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._process = ProcessCollector(registry=self._registry)
        self._requests = Counter(
            "stellarchat_http_requests",
            "Requests answered, by route template.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "stellarchat_http_request_seconds",
            "From a request's head to the end of its answer.",
            ("route",),
            buckets=_REQUEST_SECONDS,
            registry=self._registry,
        )
        self._answers = Counter(
            "stellarchat_answers",
            "Answers of models, by how they ended.",
            ("model", "lane", "outcome"),
            registry=self._registry,
        )
        self._first_token = Histogram(
            "stellarchat_time_to_first_token_seconds",
            "From a request to its first token, waiting and loading included.",
            ("model", "lane"),
            buckets=_FIRST_TOKEN_SECONDS,
            registry=self._registry,
        )
        self._per_token = Histogram(
            "stellarchat_time_per_output_token_seconds",
            "Between two tokens of an answer, on average.",
            ("model", "lane"),
            buckets=_TOKEN_SECONDS,
            registry=self._registry,
        )
        self._tokens = Counter(
            "stellarchat_tokens",
            "Tokens read (prompt) and written (completion).",
            ("model", "kind"),
            registry=self._registry,
        )
        # looking a series up by its labels costs more than counting: remember them
        self._counted: dict[tuple[str, str, int], Counter] = {}
        self._timed: dict[str, Histogram] = {}
        self._names: set[str] = set()

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request; `route` is the template of its path, `status` 0 where no answer began."""
        key = (method, route, status)
        counter = self._counted.get(key)
        if counter is None:
            known = method if method in _METHODS else OTHER
            counter = self._requests.labels(known, route, str(status))
            if method in _METHODS:
                self._counted[key] = counter
        counter.inc()
        timer = self._timed.get(route)
        if timer is None:
            timer = self._timed[route] = self._seconds.labels(route)
        timer.observe(seconds)

    def answered(self, answer: Measured) -> None:
        """Count an answer of a model at its end."""
        # what people call their own models is theirs
        name = OWN if answer.model.startswith(OWN_PREFIX) else self._bounded(answer.model)
        self._answers.labels(name, answer.lane, answer.outcome).inc()
        if answer.time_to_first_token is not None:
            self._first_token.labels(name, answer.lane).observe(answer.time_to_first_token)
        if answer.generation_seconds is not None and answer.completion_tokens > 1:
            per_token = answer.generation_seconds / (answer.completion_tokens - 1)
            self._per_token.labels(name, answer.lane).observe(per_token)
        if answer.prompt_tokens:
            self._tokens.labels(name, "prompt").inc(answer.prompt_tokens)
        if answer.completion_tokens:
            self._tokens.labels(name, "completion").inc(answer.completion_tokens)

    def watch(
        self,
        running: Callable[[], Iterable[Running]],
        live: Callable[[], int],
        sockets: Callable[[], int],
    ) -> None:
        """Show instances, live generations and open sockets as they are whenever somebody asks."""
        self._registry.register(_Present(running, live, sockets))

    def render(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)

    def _bounded(self, name: str) -> str:
        if name not in self._names:
            if len(self._names) >= NAMES:
                return OTHER
            self._names.add(name)
        return name


class _Present(Collector):
    """Gauges that are read at the moment somebody asks, instead of being kept up to date."""

    def __init__(
        self,
        running: Callable[[], Iterable[Running]],
        live: Callable[[], int],
        sockets: Callable[[], int],
    ) -> None:
        self._running = running
        self._live = live
        self._sockets = sockets

    def describe(self) -> Iterable[Metric]:
        """Name nothing beforehand: the services may not be ready when this is registered."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Read the present state."""
        yield GaugeMetricFamily(
            "stellarchat_live_generations", "Replies of chats being written.", value=self._live()
        )
        yield GaugeMetricFamily("stellarchat_live_sockets", "Open WebSockets.", value=self._sockets())
        states = GaugeMetricFamily("stellarchat_instances", "Instances by state.", labels=["state"])
        active = GaugeMetricFamily(
            "stellarchat_active_requests", "Being answered.", labels=["instance", "model"]
        )
        queued = GaugeMetricFamily("stellarchat_queued_requests", "Waiting.", labels=["instance", "model"])
        memory = GaugeMetricFamily(
            "stellarchat_instance_memory_bytes", "Resident memory.", labels=["instance", "model"]
        )
        counts: dict[str, int] = {}
        for instance in self._running():
            labels = [instance.run_id, instance.model]
            counts[str(instance.state)] = counts.get(str(instance.state), 0) + 1
            active.add_metric(labels, instance.active)
            queued.add_metric(labels, instance.queued)
            if instance.memory_bytes is not None:
                memory.add_metric(labels, instance.memory_bytes)
        for state, count in counts.items():
            states.add_metric([state], count)
        yield from (states, active, queued, memory)
