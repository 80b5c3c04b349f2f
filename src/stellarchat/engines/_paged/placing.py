"""Which GPUs a model gets, how much of them, and how long its context can be. Pure."""

from collections.abc import Sequence

import msgspec

from stellarchat.core.launch import LaunchOptions
from stellarchat.core.models import Variant
from stellarchat.engines._paged.shape import GIB, Shape
from stellarchat.engines.base import SMALLEST_CONTEXT, Footprint, Gpu, Hardware

USUAL_CONTEXT = 32_768  # tokens; a longer one is taken where it is asked for
USUAL_CONTEXT_CPU = 8192
TYPICAL_REPLY = 1024  # tokens of cache that a reply uses on average, prompt included
MOST_SLOTS, SLOTS_CPU = 256, 8
GPU_OVERHEAD = 2 * GIB  # on each GPU: CUDA's context, activations of one batch, captured graphs
LEAST_SHARE = 0.05
SPARE_SHARE = 0.02  # what a GPU's free memory may shrink between our look and the launch


def on_gpus(
    variant: Variant,
    options: LaunchOptions,
    hardware: Hardware,
    footprint: Footprint,
    shape: Shape,
    share: float,
) -> LaunchOptions:
    """Decide GPUs, share, context and slots. `share` (0 to 1) is taken where the options leave it open."""
    weights = resident(shape, footprint.weights_bytes, options.precision)
    per_token = footprint.kv_bytes_per_token * cache_width(options.cache_type)
    # the one with the most room first; equal ones in their order
    ranked = sorted(hardware.gpus, key=lambda gpu: (-gpu.memory_free, gpu.index))
    limit = min(variant.context_length, footprint.context_limit)
    wanted = options.context_length or min(limit, USUAL_CONTEXT)
    count = options.n_gpu or _named(options, shape.heads)
    count = count or _count(ranked, shape.heads, options, weights, per_token * wanted, share)
    chosen = ranked[:count]
    taken = _share(chosen, options, share)
    pool = sum(gpu.memory_total for gpu in chosen) * taken - weights - GPU_OVERHEAD * len(chosen)
    context = options.context_length or _context(wanted, pool, per_token)
    return msgspec.structs.replace(
        options,
        n_gpu=count,
        gpus=tuple(sorted(gpu.index for gpu in chosen)) or options.gpus,
        gpu_memory_utilization=taken,
        context_length=context,
        slots=options.slots or _slots(pool, per_token),
    )


def on_processor(
    variant: Variant, options: LaunchOptions, hardware: Hardware, footprint: Footprint
) -> LaunchOptions:
    """Decide context, slots and threads where all lies in the processor's memory."""
    limit = min(variant.context_length, footprint.context_limit, USUAL_CONTEXT_CPU)
    room = hardware.memory_available - footprint.weights_bytes - footprint.overhead_bytes
    return msgspec.structs.replace(
        options,
        n_gpu=0,
        context_length=options.context_length or _context(limit, room, footprint.kv_bytes_per_token),
        slots=options.slots or SLOTS_CPU,
        # one core is left to others, as for llama.cpp
        threads=options.threads or max(1, hardware.physical_cores - 1),
    )


def resident(shape: Shape, weights: int, precision: str | None) -> int:
    """Return what the weights take once they are loaded as `precision`; bytes.

    Engines load weights of 32 bits in 16 unless they are told otherwise.
    """
    width = 4 if precision == "float32" else 2
    return int(weights * width / shape.width) if shape.width != width else weights


def cache_width(cache_type: str | None) -> float:
    """Return the size of keys and values beside 16 bits."""
    kind = (cache_type or "").lower()
    if "fp4" in kind or "int4" in kind or "4bit" in kind:
        return 0.28
    return 0.5 if "8" in kind else 1.0


def _named(options: LaunchOptions, heads: int) -> int:
    """Return how many GPUs of those that a person named one replica gets; 0 where that cannot be."""
    count = len(options.gpus or ()) // options.replicas
    return 0 if heads and count and heads % count else count


def _count(
    ranked: Sequence[Gpu], heads: int, options: LaunchOptions, weights: float, cache: float, share: float
) -> int:
    """Return the fewest GPUs on which weights and one context fit, else the most that can be used."""
    best = 1
    count = 1
    while count <= max(1, len(ranked)):
        if heads and heads % count:
            break
        best = count
        chosen = ranked[:count]
        room = sum(gpu.memory_total for gpu in chosen) * _share(chosen, options, share)
        if weights + cache + GPU_OVERHEAD * count <= room:
            break
        count *= 2
    return best


def _share(chosen: Sequence[Gpu], options: LaunchOptions, share: float) -> float:
    """Return the share of each GPU to take: no more than what is free on all of them."""
    if options.gpu_memory_utilization is not None:
        return options.gpu_memory_utilization
    free = min((gpu.memory_free / gpu.memory_total for gpu in chosen if gpu.memory_total), default=1.0)
    if free - SPARE_SHARE >= share:
        return share
    return max(LEAST_SHARE, int((free - SPARE_SHARE) * 100) / 100)


def _context(wanted: int, pool: float, per_token: float) -> int:
    while wanted // 2 >= SMALLEST_CONTEXT and wanted * per_token > pool:
        wanted //= 2
    return wanted


def _slots(pool: float, per_token: float) -> int:
    replies = pool / (per_token * TYPICAL_REPLY) if per_token else MOST_SLOTS
    slots = 4
    while slots * 2 <= min(replies, MOST_SLOTS):
        slots *= 2
    return slots
