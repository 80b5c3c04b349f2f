"""What llama.cpp is launched with, decided without launching anything."""

import sys
from importlib import util
from pathlib import Path

import msgspec
import pytest

from stellarchat.core.errors import LaunchFailed
from stellarchat.core.launch import LaunchOptions, Readiness
from stellarchat.core.models import Artefact, Capability, ModelKind
from stellarchat.engines.base import Footprint, Gpu
from stellarchat.engines.llamacpp.backend import backend_of
from stellarchat.engines.llamacpp.engine import LlamaCpp
from tests.engines.llamacpp import adapter, tiny
from tests.services.models import variant

MB = 1 << 20
ENGINE = LlamaCpp()
FOOTPRINT = Footprint(
    weights_bytes=1000 * MB, kv_bytes_per_token=100_000, overhead_bytes=200 * MB, context_limit=40_960
)


class Machine(msgspec.Struct, frozen=True):
    """Some hardware."""

    physical_cores: int = 8
    memory_available: int = 16_000 * MB
    gpus: tuple[Gpu, ...] = ()


def test_the_command_line_is_exactly_this() -> None:
    options = LaunchOptions(engine="llamacpp", context_length=4096, slots=2, threads=7, n_gpu=0)
    plan = ENGINE.plan(variant("qwen3-0.6b-q8_0"), options, Machine(), Path("/models/q.gguf"))
    assert plan.argv == (
        sys.executable,
        "-m",
        "stellarchat.engines.llamacpp.worker",
        "--model",
        "/models/q.gguf",
        "--port",
        "{port}",
        "--context",
        "4096",
        "--slots",
        "2",
        "--threads",
        "7",
        "--alias",
        "qwen3-0.6b-q8_0",
        "--prompt-cache",
        "1000",
    )
    assert plan.env == {"STELLAR_ENGINE_KEY": "{key}"}
    assert plan.readiness == Readiness(path="/health", deadline=600.0, loading_status=503)
    assert plan.weights == ("/models/q.gguf",)
    assert plan.name == "qwen3-0.6b-q8_0"


@pytest.mark.parametrize("kind", [ModelKind.EMBEDDING, ModelKind.RERANK])
def test_other_kinds_are_said_on_the_command_line(kind: ModelKind) -> None:
    options = LaunchOptions(context_length=2048, slots=2, threads=1)
    plan = ENGINE.plan(variant(kind=kind), options, Machine(), Path("/m"))
    assert plan.argv[15:17] == ("--kind", kind.value)


def test_no_word_can_become_an_option() -> None:
    options = LaunchOptions(context_length=1, slots=1, threads=1)
    plan = ENGINE.plan(variant(), options, Machine(), Path("--evil.gguf"))
    assert Path(plan.argv[4]).is_absolute()


@pytest.mark.parametrize(
    "name", ["--trust-remote-code", "-m", "x;id", "a b", "a\0b", "", "../x", "ｘ", "x" * 200, "a\nb", "$(id)"]
)
def test_a_hostile_name_is_refused(name: str) -> None:
    refusal = ENGINE.refuses(variant(name), LaunchOptions())
    assert refusal is not None
    assert "letters, digits" in refusal.reason
    assert refusal.param == "model_id"


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (LaunchOptions(n_gpu=1), "n_gpu"),
        (LaunchOptions(replicas=17), "replicas must be between 1 and 16"),
        (LaunchOptions(precision="float16"), "does not take precision"),
        (LaunchOptions(context_length=0), "context_length"),
        (LaunchOptions(context_length=255), "between 256 and 2048"),
        (LaunchOptions(context_length=2049), "between 256 and 2048"),
        (LaunchOptions(slots=-1), "slots"),
        (LaunchOptions(slots=257), "slots"),
        (LaunchOptions(threads=0), "threads"),
        (LaunchOptions(threads=10**6), "threads"),
    ],
)
def test_what_has_no_effect_or_no_sense_is_refused(options: LaunchOptions, word: str) -> None:
    refusal = ENGINE.refuses(variant(), options)
    assert refusal is not None
    assert word in refusal.reason
    assert getattr(options, refusal.param) is not None


def test_other_formats_are_refused() -> None:
    for odd, param in (
        (variant(format="safetensors"), "format"),
        (variant(engines=("vllm",)), "engine_type"),
    ):
        refusal = ENGINE.refuses(odd, LaunchOptions())
        assert refusal is not None
        assert refusal.param == param
    assert ENGINE.refuses(variant(), LaunchOptions()) is None


def test_with_room_enough_the_usual_is_chosen() -> None:
    settled = ENGINE.settled(variant(context_length=40_960), LaunchOptions(), Machine(), FOOTPRINT)
    assert settled == LaunchOptions(engine="llamacpp", context_length=8192, slots=4, threads=7, n_gpu=0)


def test_a_models_own_limit_is_kept() -> None:
    settled = ENGINE.settled(variant(context_length=2048), LaunchOptions(), Machine(), FOOTPRINT)
    assert settled.context_length == 2048
    small = msgspec.structs.replace(FOOTPRINT, context_limit=512)
    assert ENGINE.settled(variant(), LaunchOptions(), Machine(), small).context_length == 512


def test_an_embedding_model_gets_a_short_context() -> None:
    model = variant(kind=ModelKind.EMBEDDING, context_length=8192)
    assert ENGINE.settled(model, LaunchOptions(), Machine(), FOOTPRINT).context_length == 2048


@pytest.mark.parametrize(
    ("memory", "slots", "context"),
    [(4400, 4, 8192), (3000, 2, 8192), (2000, 1, 8192), (1700, 1, 4096), (100, 1, 1024)],
)
def test_short_of_memory_slots_go_first_and_then_context(memory: int, slots: int, context: int) -> None:
    machine = Machine(memory_available=memory * MB)
    settled = ENGINE.settled(variant(context_length=40_960), LaunchOptions(), machine, FOOTPRINT)
    assert (settled.slots, settled.context_length) == (slots, context)


def test_what_is_asked_for_stays() -> None:
    asked = LaunchOptions(context_length=16_384, slots=3, threads=2)
    settled = ENGINE.settled(variant(), asked, Machine(memory_available=1), FOOTPRINT)
    assert (settled.context_length, settled.slots, settled.threads) == (16_384, 3, 2)


def test_one_core_is_left_to_others() -> None:
    for cores, threads in ((1, 1), (2, 1), (16, 15)):
        settled = ENGINE.settled(variant(), LaunchOptions(), Machine(physical_cores=cores), FOOTPRINT)
        assert settled.threads == threads


def test_the_footprint_is_read_from_the_file(tmp_path: Path) -> None:
    path = tiny.write(tmp_path / "tiny.gguf")
    found = ENGINE.footprint(variant(), path)
    assert found.exact
    assert found.weights_bytes == path.stat().st_size
    # 2 layers × 2 heads × 16 wide × keys and values × 2 bytes
    assert found.kv_bytes_per_token == 2 * 2 * 16 * 2 * 2
    assert found.context_limit == tiny.CONTEXT


def test_without_a_file_it_is_estimated() -> None:
    found = ENGINE.footprint(variant(parameters=600_000_000, quantization="Q8_0"), None)
    assert not found.exact
    assert found.weights_bytes == 637_500_000


def test_a_damaged_file_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "cut.gguf"
    path.write_bytes(tiny.gguf()[:100_000])
    with pytest.raises(LaunchFailed, match="cut off") as caught:
        ENGINE.footprint(variant(), path)
    assert "download it again" in (caught.value.remedy or "")


def test_the_probe_imports_nothing_heavy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "xllamacpp", raising=False)
    probe = ENGINE.probe()
    assert probe.usable
    assert probe.version
    assert "xllamacpp" not in sys.modules


def test_a_missing_library_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(util, "find_spec", lambda name: None)
    probe = ENGINE.probe()
    assert not probe.usable
    assert "pip install xllamacpp" in (probe.remedy or "")


# where the installed library has code for GPUs

CUDA = LlamaCpp(lambda: "cuda")


class Card(msgspec.Struct, frozen=True):
    """Some GPU."""

    index: int
    memory_free: int
    memory_total: int = 24_000 * MB
    name: str = "Card"


def machine(*free: int) -> Machine:
    return Machine(gpus=tuple(Card(index, size * MB) for index, size in enumerate(free)))


def test_a_gpu_is_taken_where_there_is_one() -> None:
    settled = CUDA.settled(variant(context_length=40_960), LaunchOptions(), machine(6_000, 20_000), FOOTPRINT)
    assert (settled.n_gpu, settled.gpus, settled.gpu_layers) == (1, (1,), 999)
    plan = CUDA.plan(variant(), settled, machine(6_000, 20_000), Path("/models/q.gguf"))
    assert plan.argv[-2:] == ("--gpu-layers", "999")
    assert plan.env["CUDA_VISIBLE_DEVICES"] == "1"


def test_several_gpus_share_what_one_cannot_hold() -> None:
    options = LaunchOptions(context_length=40_960, slots=4)  # 17.6 GB
    settled = CUDA.settled(variant(context_length=40_960), options, machine(12_000, 9_000, 8_000), FOOTPRINT)
    assert (settled.n_gpu, settled.gpus, settled.gpu_layers) == (2, (0, 1), 999)


def test_what_no_gpu_holds_lies_there_in_part() -> None:
    options = LaunchOptions(context_length=40_960, slots=4)
    footprint = msgspec.structs.replace(FOOTPRINT, layers=28)
    settled = CUDA.settled(variant(context_length=40_960), options, machine(9_000), footprint)
    assert settled.gpus == (0,)
    assert settled.gpu_layers is not None
    assert 10 < settled.gpu_layers < 16


def test_the_processor_can_be_asked_for() -> None:
    settled = CUDA.settled(variant(), LaunchOptions(n_gpu=0), machine(20_000), FOOTPRINT)
    assert (settled.n_gpu, settled.gpus, settled.gpu_layers) == (0, None, None)
    plan = CUDA.plan(variant(), settled, machine(20_000), Path("/models/q.gguf"))
    assert plan.env["CUDA_VISIBLE_DEVICES"] == ""  # not even a context is made there
    assert "--gpu-layers" not in plan.argv


def test_options_become_words_of_the_command_line(tmp_path: Path) -> None:
    sees = variant(
        artefact=Artefact(hf_repo="o/n", hf_file="sub/m.gguf", mmproj="mmproj.gguf"),
        capabilities=(Capability.THINKING, Capability.VISION),
    )
    lora = adapter.write(tmp_path / "a.gguf")
    options = LaunchOptions(
        context_length=512, slots=1, threads=1, cache_type="q8_0", thinking=False, lora=(f"{lora}:0.5",)
    )
    assert ENGINE.refuses(sees, options) is None
    argv = ENGINE.plan(sees, options, Machine(), Path("/models/o/n/sub/m.gguf")).argv
    assert argv[-8:] == (
        *("--mmproj", "/models/o/n/mmproj.gguf"),
        *("--lora", f"{lora}:0.5"),
        *("--cache-type", "q8_0"),
        *("--thinking", "off"),
    )


def test_a_smaller_cache_takes_less_memory() -> None:
    small = ENGINE.settled(
        variant(context_length=40_960),
        LaunchOptions(cache_type="q4_0"),
        Machine(memory_available=3_000 * MB),
        FOOTPRINT,
    )
    usual = ENGINE.settled(
        variant(context_length=40_960), LaunchOptions(), Machine(memory_available=3_000 * MB), FOOTPRINT
    )
    assert (small.context_length or 0) * (small.slots or 0) > (usual.context_length or 0) * (usual.slots or 0)


def test_an_adapter_that_is_not_there_is_refused() -> None:
    refusal = ENGINE.refuses(variant(), LaunchOptions(lora=("/no/where.gguf",)))
    assert refusal is not None
    assert refusal.param == "lora"
    assert "/no/where.gguf" in refusal.reason


def test_a_file_that_is_no_adapter_is_refused() -> None:
    refusal = ENGINE.refuses(variant(), LaunchOptions(lora=("/etc/passwd",)))
    assert refusal is not None
    assert refusal.param == "lora"
    assert "not a GGUF" in refusal.reason


def test_the_driver_a_library_wants_tells_its_backend(tmp_path: Path) -> None:
    library = tmp_path / "x.so"
    library.write_bytes(b"\x7fELF" + b"\0" * 100 + b"libcuda.so.1\0libc.so.6\0")
    assert backend_of(library) == "cuda"
    library.write_bytes(b"\x7fELF" + b"\0" * 100 + b"libc.so.6\0")
    assert backend_of(library) is None
