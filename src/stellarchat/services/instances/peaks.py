"""What models were measured to take of memory, so that the next estimate is none."""

import logging
from datetime import UTC, datetime

import msgspec

from stellarchat.core.errors import StellarChatError
from stellarchat.core.instances import MeasuredMemory
from stellarchat.core.launch import LaunchOptions
from stellarchat.engines.base import Footprint
from stellarchat.services.instances.running import Running
from stellarchat.store.database import Store

log = logging.getLogger(__name__)

WORTH = 1.02  # a peak that is higher by less is not written down


class Peaks:
    """The highest memory of each variant by engine, tokens and number of GPUs, kept in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._peaks: dict[tuple[str, str, int, int], MeasuredMemory] = {}

    async def read(self) -> None:
        """Read what was measured so far. Raises StoreUnavailable."""
        async with self._store.read() as tx:
            for record in await tx.measurements.list():
                self._peaks[_key(record)] = record

    def corrected(self, engine: str, variant_id: str, options: LaunchOptions, told: Footprint) -> Footprint:
        """Return a footprint as measured, where it was: of the same tokens, else of the nearest number.

        From there the contexts are reckoned as the weights tell of them. Where nobody says yet whether it
        is to lie on GPUs, it is thought to go there if it was there before.
        """
        seen = [one for one in self._peaks.values() if (one.engine, one.variant_id) == (engine, variant_id)]
        if options.n_gpu is None and not options.gpus:
            on_gpus = any(one.n_gpu for one in seen)
        else:
            on_gpus = bool(options.n_gpu or options.gpus)
        known = [one for one in seen if bool(one.n_gpu) == on_gpus]
        if not known:
            return told
        if options.context_length is not None and options.slots is not None:
            wanted = options.context_length * options.slots
            peak = min(known, key=lambda one: (abs(one.tokens - wanted), -one.tokens))
        else:
            peak = max(known, key=lambda one: one.measured_at)
        if on_gpus:
            return _on_gpus(told, peak)
        fixed = max(0, peak.memory_bytes - told.kv_bytes_per_token * peak.tokens)
        weights = min(told.weights_bytes, fixed)
        return msgspec.structs.replace(
            told, weights_bytes=weights, overhead_bytes=fixed - weights, exact=True
        )

    async def note(self, running: Running) -> None:
        """Write down what an instance was seen to take, if it has served and took more than is known."""
        if running.attached or not running.served:
            return
        for replica in running.replicas:
            options = replica.options
            if not replica.peak_bytes or options.context_length is None:
                continue
            record = MeasuredMemory(
                engine=running.engine.name,
                variant_id=running.variant.id,
                tokens=options.context_length * (options.slots or 1),
                n_gpu=options.n_gpu or 0,
                memory_bytes=replica.peak_bytes,
                # a part of a GPU that is claimed beforehand says nothing of what the model takes
                gpu_memory_bytes=0 if options.gpu_memory_utilization else replica.peak_gpu_bytes,
                measured_at=datetime.now(UTC),
            )
            known = self._peaks.get(_key(record))
            if known is None or _higher(record, known):
                await self._keep(record)

    async def _keep(self, record: MeasuredMemory) -> None:
        self._peaks[_key(record)] = record
        try:
            async with self._store.transaction() as tx:
                await tx.measurements.save(record)
        except StellarChatError as error:  # it is measured again the next time
            log.warning("what %s takes could not be recorded: %s", record.variant_id, error.message)


def _on_gpus(told: Footprint, peak: MeasuredMemory) -> Footprint:
    """Return a footprint with what the process was seen to hold, and of its GPUs where that can be seen."""
    told = msgspec.structs.replace(told, gpu_host_bytes=peak.memory_bytes)
    if not peak.gpu_memory_bytes:  # claimed beforehand, or told with process ids of another container
        return told
    fixed = max(0, peak.gpu_memory_bytes - told.kv_bytes_per_token * peak.tokens)
    weights = min(told.weights_bytes, fixed)
    return msgspec.structs.replace(
        told, weights_bytes=weights, gpu_overhead_bytes=(fixed - weights) // max(1, peak.n_gpu), exact=True
    )


def _higher(record: MeasuredMemory, known: MeasuredMemory) -> bool:
    return (
        record.memory_bytes > known.memory_bytes * WORTH
        or record.gpu_memory_bytes > known.gpu_memory_bytes * WORTH
    )


def _key(record: MeasuredMemory) -> tuple[str, str, int, int]:
    return record.engine, record.variant_id, record.tokens, record.n_gpu
