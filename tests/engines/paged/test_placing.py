"""Which GPUs, how much of them, and how much context."""

import pytest

from stellarchat.core.launch import LaunchOptions
from stellarchat.engines._paged import placing
from stellarchat.engines._paged.shape import PagedFootprint, Shape
from tests.engines.paged.machines import GIB, Machine, cards, model

VARIANT = model("vllm", context_length=131_072)


def placed(
    machine: Machine,
    weights: float = 16,
    *,
    heads: int = 32,
    share: float = 0.9,
    per_token: int = 131_072,
    **options: object,
) -> LaunchOptions:
    """Settle a model with so many GiB of weights."""
    shape = Shape(
        family="llama",
        architecture="",
        heads=heads,
        width=2,
        weights_bytes=int(weights * GIB),
        kv_bytes_per_token=per_token,
        context_limit=131_072,
    )
    footprint = PagedFootprint(
        weights_bytes=shape.weights_bytes,
        kv_bytes_per_token=per_token,
        overhead_bytes=placing.GPU_OVERHEAD,
        context_limit=131_072,
    )
    return placing.on_gpus(VARIANT, LaunchOptions(**options), machine, footprint, shape, share)  # type: ignore[arg-type]


def test_gpus_that_are_named_are_used() -> None:
    machine = Machine(gpus=cards(24, 24, 24, 24))
    assert placed(Machine(gpus=cards(24, 24)), 2, gpus=(0, 1)).n_gpu == 2
    assert placed(machine, 2, gpus=(0, 1, 2, 3), replicas=2).n_gpu == 2
    assert placed(Machine(gpus=cards(24, 24, 24)), 2, gpus=(0, 1, 2)).n_gpu == 1  # 32 heads, not by 3


def test_what_fits_on_one_gpu_gets_one() -> None:
    settled = placed(Machine(gpus=cards(24, 24)), 8)
    assert (settled.n_gpu, settled.gpus) == (1, (0,))
    assert (settled.gpu_memory_utilization, settled.context_length) == (0.9, 32_768)


def test_the_emptiest_gpus_are_taken() -> None:
    assert placed(Machine(gpus=cards(10, 24, 20, 23)), 8).gpus == (1,)
    assert placed(Machine(gpus=cards(10, 24, 20, 23)), 24).gpus == (1, 3)


@pytest.mark.parametrize(("weights", "count"), [(8, 1), (16, 2), (30, 2), (40, 4), (500, 8)])
def test_the_fewest_gpus_that_suffice(weights: float, count: int) -> None:
    assert placed(Machine(gpus=cards(*[24] * 8)), weights).n_gpu == count


@pytest.mark.parametrize(("heads", "count"), [(32, 4), (14, 2), (7, 1), (0, 4)])
def test_the_attention_heads_must_be_divisible(heads: int, count: int) -> None:
    assert placed(Machine(gpus=cards(*[24] * 4)), 60, heads=heads).n_gpu == count


def test_three_gpus_make_no_four() -> None:
    assert placed(Machine(gpus=cards(24, 24, 24)), 60).n_gpu == 2


def test_no_more_than_what_is_free_is_taken() -> None:
    settled = placed(Machine(gpus=cards(12)), 4)
    assert settled.gpu_memory_utilization == 0.48
    assert placed(Machine(gpus=cards(0.1)), 4).gpu_memory_utilization == 0.05


def test_a_share_that_is_asked_for_stays() -> None:
    assert placed(Machine(gpus=cards(12)), 4, gpu_memory_utilization=0.95).gpu_memory_utilization == 0.95


def test_context_shrinks_to_what_the_cache_can_hold() -> None:
    # 0.9 x 24 - 16 - 2 GiB are 29,491 tokens of 128 KiB
    settled = placed(Machine(gpus=cards(24)), 16)
    assert settled.context_length == 16_384
    assert settled.slots == 16
    assert placed(Machine(gpus=cards(24)), 21).context_length == 1024


def test_a_small_cache_doubles_the_context() -> None:
    assert placed(Machine(gpus=cards(24)), 16, cache_type="fp8").context_length == 32_768


def test_full_precision_doubles_the_weights() -> None:
    assert placed(Machine(gpus=cards(24, 24)), 10, precision="float32").n_gpu == 2
    assert placed(Machine(gpus=cards(24, 24)), 10, precision="bfloat16").n_gpu == 1


def test_what_is_asked_for_stays() -> None:
    machine = Machine(gpus=cards(24, 24))
    settled = placed(machine, 2, n_gpu=2, context_length=100_000, slots=3)
    assert (settled.n_gpu, settled.gpus, settled.context_length, settled.slots) == (2, (0, 1), 100_000, 3)


def test_without_a_gpu_it_still_decides() -> None:
    settled = placed(Machine(), 8)
    assert (settled.n_gpu, settled.gpus) == (1, None)


def test_on_the_processor() -> None:
    footprint = PagedFootprint(
        weights_bytes=4 * GIB, kv_bytes_per_token=131_072, overhead_bytes=2 * GIB, context_limit=40_960
    )

    def settled(memory: float, **options: int) -> LaunchOptions:
        machine = Machine(memory_available=int(memory * GIB))
        return placing.on_processor(VARIANT, LaunchOptions(**options), machine, footprint)  # type: ignore[arg-type]

    assert settled(64) == LaunchOptions(n_gpu=0, context_length=8192, slots=8, threads=7)
    assert settled(6.5).context_length == 4096
    assert settled(1).context_length == 1024
    assert settled(1, context_length=20_000, slots=2, threads=3) == LaunchOptions(
        n_gpu=0, context_length=20_000, slots=2, threads=3
    )
