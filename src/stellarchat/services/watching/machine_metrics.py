"""Memory of the machine and of its GPUs, as Prometheus series. Bytes."""

import asyncio
from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from stellarchat.runtime.hardware import Hardware


class MachineMetrics:
    """Looks at the machine whenever somebody asks; `hardware` is called in a thread."""

    def __init__(self, hardware: Callable[[], Hardware]) -> None:
        self._hardware = hardware

    async def render(self) -> bytes:
        """Return all of it in Prometheus' text format."""
        registry = CollectorRegistry()
        registry.register(_Seen(await asyncio.to_thread(self._hardware)))
        return generate_latest(registry)


class _Seen(Collector):
    """One look at the machine."""

    def __init__(self, hardware: Hardware) -> None:
        self._hardware = hardware

    def describe(self) -> Iterable[Metric]:
        """Name nothing beforehand."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Return what was seen."""
        seen = self._hardware
        memory = GaugeMetricFamily("stellarchat_memory_bytes", "Of the machine.", labels=["kind"])
        memory.add_metric(["total"], seen.memory_total)
        memory.add_metric(["available"], seen.memory_available)
        yield memory
        if not seen.gpus:
            return
        gpus = GaugeMetricFamily(
            "stellarchat_gpu_memory_bytes", "Of each GPU.", labels=["gpu", "name", "kind"]
        )
        for gpu in seen.gpus:
            gpus.add_metric([str(gpu.index), gpu.name, "total"], gpu.memory_total)
            gpus.add_metric([str(gpu.index), gpu.name, "free"], gpu.memory_free)
        yield gpus
