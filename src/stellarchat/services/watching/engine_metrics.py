"""What engines measure of themselves, under their own names, labelled with the instance that said it."""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from stellarchat.core.errors import StellarChatError
from stellarchat.engines._openai_http.upstream import Upstream
from stellarchat.services.instances.targets import Target

PATIENCE: Final = 1.0  # seconds an engine may take; a busy one is left out this time
GOOD_SECONDS: Final = 2.0  # how long what they said is good for: two scrapers must not double the work
LIMIT: Final = 4 << 20  # bytes of one engine's answer
SERIES: Final = 20_000  # of one engine: a broken one must not fill the memory of whoever scrapes us


class EngineMetrics:
    """Asks every engine that has metrics. `targets` are those that take requests now."""

    def __init__(self, targets: Callable[[], Iterable[Target]]) -> None:
        self._targets = targets
        self._said: tuple[float, bytes] = (float("-inf"), b"")
        self._asking = asyncio.Lock()

    async def render(self) -> bytes:
        """Return all of it in Prometheus' text format."""
        async with self._asking:
            if time.monotonic() - self._said[0] > GOOD_SECONDS:
                targets = [target for target in self._targets() if target.dialect.metrics_path]
                texts = await asyncio.gather(*(_asked(target) for target in targets))
                pairs = [(target, text) for target, text in zip(targets, texts, strict=True) if text]
                self._said = (time.monotonic(), relabelled(pairs))
            return self._said[1]


async def _asked(target: Target) -> str:
    """Return what one engine says; nothing where it does not answer in time."""
    assert target.dialect.metrics_path is not None
    upstream = Upstream(target.address.base_url, target.address.api_key, connect_timeout=PATIENCE)
    try:
        async with asyncio.timeout(PATIENCE):
            async with await upstream.request("GET", target.dialect.metrics_path) as response:
                body = await response.read(LIMIT)
                return body.decode("utf-8", "replace") if response.status == 200 else ""
    except (StellarChatError, TimeoutError):
        return ""
    finally:
        upstream.close()


def relabelled(said: Iterable[tuple[Target, str]]) -> bytes:
    """Return the series of several engines as one text, `instance` and `model` added to their labels.

    What is not in Prometheus' format is left out.
    """
    families: dict[str, Metric] = {}
    for target, text in said:
        ours = {"instance": target.instance, "model": target.model}
        left = SERIES
        try:
            for family in text_string_to_metric_families(text):
                merged = families.get(family.name)
                if merged is None:
                    merged = families[family.name] = Metric(family.name, family.documentation, family.type)
                for sample in family.samples[:left]:
                    labels = {
                        f"engine_{name}" if name in ours else name: at for name, at in sample.labels.items()
                    }
                    merged.add_sample(sample.name, {**labels, **ours}, sample.value)
                left = max(0, left - len(family.samples))
        except ValueError:
            continue
    registry = CollectorRegistry()
    registry.register(_Families(list(families.values())))
    return generate_latest(registry)


class _Families(Collector):
    """Families that are there already."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def describe(self) -> Iterable[Metric]:
        """Name nothing beforehand."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Return them."""
        yield from self._families
