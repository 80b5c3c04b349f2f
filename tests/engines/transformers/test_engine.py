"""What Transformers is launched with, decided without launching anything."""

import asyncio
import shutil
import socket
import sys
from importlib import util
from pathlib import Path

import msgspec
import pytest

from stellarchat.core.errors import LaunchFailed
from stellarchat.core.launch import LaunchOptions, Readiness
from stellarchat.core.models import ModelKind, Variant
from stellarchat.engines.base import Footprint
from stellarchat.engines.registry import Registry
from stellarchat.engines.transformers.dialect import TRANSFORMERS
from stellarchat.engines.transformers.engine import Transformers
from stellarchat.engines.transformers.worker import listening
from tests.engines.transformers.working import DEMO
from tests.services.models import variant

MB = 1 << 20
FOOTPRINT = Footprint(
    weights_bytes=1000 * MB, kv_bytes_per_token=100_000, overhead_bytes=500 * MB, context_limit=40_960
)


class Card(msgspec.Struct, frozen=True):
    """Some GPU."""

    index: int
    memory_free: int
    name: str = "NVIDIA H200"
    memory_total: int = 141_000 * MB


class Machine(msgspec.Struct, frozen=True):
    """Some hardware."""

    physical_cores: int = 8
    memory_available: int = 32_000 * MB
    gpus: tuple[Card, ...] = ()


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A root without GPU and with a processor that has no bfloat16."""
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/cpuinfo").write_text("flags : sse avx2\n")
    return tmp_path


def model(**changes: object) -> Variant:
    values: dict[str, object] = {"format": "safetensors", "engines": ("vllm", "transformers")}
    return variant("qwen3-0.6b-bf16", **{**values, "context_length": 40_960, **changes})


def test_it_is_built_in_and_takes_its_settings(bare: Path) -> None:
    engine = Registry(settings={"transformers": {"device": "cpu", "precision": "bfloat16"}})["transformers"]
    settled = engine.settled(model(), LaunchOptions(), Machine(gpus=(Card(0, 90_000 * MB),)), FOOTPRINT)
    assert (settled.n_gpu, settled.precision) == (0, "bfloat16")


def test_the_command_line_is_exactly_this(bare: Path) -> None:
    options = LaunchOptions(context_length=4096, slots=2, threads=7, n_gpu=0, precision="float32")
    plan = Transformers(device="cpu", root=bare).plan(model(), options, Machine(), Path("/models/q"))
    assert plan.argv == (
        sys.executable,
        "-m",
        "stellarchat.engines.transformers.worker",
        "--model",
        "/models/q",
        "--port",
        "{port}",
        "--context",
        "4096",
        "--slots",
        "2",
        "--threads",
        "7",
        "--alias",
        "qwen3-0.6b-bf16",
        "--device",
        "cpu",
        "--precision",
        "float32",
        "--batch-tokens",
        "256",
    )
    assert plan.env == {
        "STELLAR_ENGINE_KEY": "{key}",
        "CUDA_VISIBLE_DEVICES": "",
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "OMP_NUM_THREADS": "7",
    }
    assert plan.readiness == Readiness(path="/health", deadline=900.0, loading_status=503)
    assert plan.weights == ("/models/q",)


def test_on_a_gpu(bare: Path) -> None:
    options = LaunchOptions(
        context_length=4096,
        slots=2,
        threads=7,
        n_gpu=1,
        gpus=(3,),
        precision="bfloat16",
        trust_remote_code=True,
    )
    made = model(kind=ModelKind.EMBEDDING)
    plan = Transformers(root=bare).plan(made, options, Machine(), Path("/m"))
    assert plan.argv[15:] == (
        "--kind", "embedding", "--device", "cuda", "--precision", "bfloat16", "--batch-tokens", "2048",
        "--trust-remote-code",
    )  # fmt: skip
    assert plan.env["CUDA_VISIBLE_DEVICES"] == "3"
    assert plan.env["PYTORCH_CUDA_ALLOC_CONF"] == "expandable_segments:True"


def test_the_gpu_with_the_most_room_is_taken(bare: Path) -> None:
    engine = Transformers(root=bare)
    machine = Machine(gpus=(Card(0, 30_000 * MB), Card(1, 60_000 * MB)))
    settled = engine.settled(model(), LaunchOptions(), machine, FOOTPRINT)
    assert settled == LaunchOptions(
        engine="transformers",
        context_length=8192,
        slots=32,
        threads=7,
        n_gpu=1,
        gpus=(1,),
        precision="bfloat16",
    )
    assert engine.settled(model(), LaunchOptions(gpus=(0,)), machine, FOOTPRINT).gpus == (0,)
    assert engine.settled(model(), LaunchOptions(n_gpu=0), machine, FOOTPRINT).gpus is None
    pinned = Transformers(device="cuda:0", root=bare)
    assert pinned.settled(model(), LaunchOptions(), machine, FOOTPRINT).gpus == (0,)


def test_where_no_gpu_has_room_the_processor_computes(bare: Path) -> None:
    machine = Machine(gpus=(Card(0, 1000 * MB),))
    settled = Transformers(root=bare).settled(model(), LaunchOptions(), machine, FOOTPRINT)
    assert (settled.n_gpu, settled.gpus, settled.slots, settled.precision) == (0, None, 8, "float32")


@pytest.mark.parametrize(
    ("name", "precision"),
    [("Tesla T4", "float16"), ("NVIDIA GeForce RTX 2080 Ti", "float16"), ("Tesla V100-SXM2", "float16"),
     ("NVIDIA GeForce RTX 4090", "bfloat16"), ("NVIDIA A100", "bfloat16"), ("NVIDIA L4", "bfloat16")],
)  # fmt: skip
def test_the_precision_that_a_gpu_computes_with(bare: Path, name: str, precision: str) -> None:
    machine = Machine(gpus=(Card(0, 60_000 * MB, name),))
    assert (
        Transformers(root=bare).settled(model(), LaunchOptions(), machine, FOOTPRINT).precision == precision
    )


def test_a_processor_with_bfloat16_uses_it(bare: Path) -> None:
    (bare / "proc/cpuinfo").write_text("flags : avx512f avx512_bf16 amx_tile\n")
    assert (
        Transformers(root=bare).settled(model(), LaunchOptions(), Machine(), FOOTPRINT).precision
        == "bfloat16"
    )


@pytest.mark.parametrize(
    ("memory", "slots", "context"), [(8500, 8, 8192), (5000, 4, 8192), (2400, 1, 8192), (2000, 1, 4096)]
)
def test_short_of_memory_slots_go_first_and_then_context(
    bare: Path, memory: int, slots: int, context: int
) -> None:
    machine = Machine(memory_available=memory * MB)
    settled = Transformers(root=bare).settled(model(), LaunchOptions(), machine, FOOTPRINT)
    assert (settled.slots, settled.context_length) == (slots, context)
    asked = LaunchOptions(slots=6, context_length=3000)
    kept = Transformers(root=bare).settled(model(), asked, Machine(memory_available=1), FOOTPRINT)
    assert (kept.slots, kept.context_length) == (6, 3000)


@pytest.mark.parametrize(
    ("options", "param"),
    [
        (LaunchOptions(n_gpu=2), "n_gpu"),
        (LaunchOptions(precision="fp8"), "precision"),
        (LaunchOptions(cache_type="q8_0"), "cache_type"),
        (LaunchOptions(slots=0), "slots"),
        (LaunchOptions(context_length=50_000), "context_length"),
        (LaunchOptions(extra_args=("--x",)), "extra_args"),
    ],
)
def test_what_it_cannot_do_is_refused(options: LaunchOptions, param: str) -> None:
    refusal = Transformers().refuses(model(), options)
    assert refusal is not None
    assert refusal.param == param


def test_other_formats_and_names_are_refused() -> None:
    for odd, param in (
        (model(format="gguf"), "format"),
        (model(engines=("vllm",)), "engine_type"),
        (model(id="--trust-remote-code"), "model_id"),
    ):
        refusal = Transformers().refuses(odd, LaunchOptions())
        assert refusal is not None
        assert refusal.param == param
    assert Transformers().refuses(model(format="pytorch"), LaunchOptions()) is None
    good = LaunchOptions(n_gpu=1, gpus=(0,), precision="float16", trust_remote_code=True, slots=4)
    assert Transformers().refuses(model(), good) is None


def test_the_footprint_is_read_from_the_folder(bare: Path) -> None:
    exact = Transformers(root=bare).footprint(model(), DEMO)
    assert exact.exact
    assert exact.context_limit == 2048
    half = Transformers(precision="bfloat16", root=bare).footprint(model(), DEMO)
    assert half.weights_bytes * 2 == exact.weights_bytes
    assert half.kv_bytes_per_token < exact.kv_bytes_per_token
    vectors = Transformers(root=bare).footprint(model(kind=ModelKind.EMBEDDING), DEMO)
    assert vectors.kv_bytes_per_token == 0


def test_without_a_folder_it_is_estimated(bare: Path) -> None:
    guess = Transformers(root=bare).footprint(model(parameters=600_000_000), None)
    assert not guess.exact
    assert guess.weights_bytes == 2_400_000_000


def test_a_bad_or_quantized_folder_is_a_clear_failure(tmp_path: Path) -> None:
    with pytest.raises(LaunchFailed, match="no such folder"):
        Transformers().footprint(model(), tmp_path / "missing")
    folder = Path(shutil.copytree(DEMO, tmp_path / "awq"))
    text = (folder / "config.json").read_text()
    (folder / "config.json").write_text(
        text.replace("{", '{"quantization_config": {"quant_method": "awq"},', 1)
    )
    with pytest.raises(LaunchFailed, match=r"quantized \(awq\)") as caught:
        Transformers().footprint(model(), folder)
    assert caught.value.remedy is not None
    assert "vLLM" in caught.value.remedy


def test_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(util, "find_spec", lambda name: None)
    probe = Transformers().probe()
    assert not probe.usable
    assert probe.reason == "torch and transformers and llguidance not installed."
    assert probe.remedy is not None
    assert "stellarchat[transformers]" in probe.remedy


def test_thinking_has_the_templates_name() -> None:
    assert TRANSFORMERS.adapt({"model": "m", "thinking": False}) == {
        "model": "m",
        "chat_template_kwargs": {"enable_thinking": False},
    }
    assert TRANSFORMERS.adapt({"model": "m", "thinking": None}) == {"model": "m"}
    body = {"model": "m", "top_k": 3}
    assert TRANSFORMERS.adapt(body) is body


async def test_the_workers_door_sends_each_token_at_once() -> None:
    """With Nagle's algorithm the second piece of an answer waits for the reader's delayed ACK."""
    sent_at_once = asyncio.get_running_loop().create_future()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("socket")
        sent_at_once.set_result(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    with listening(0) as door:
        async with await asyncio.start_server(answer, sock=door):
            _, writer = await asyncio.open_connection(*door.getsockname())
            assert await sent_at_once
            writer.close()
