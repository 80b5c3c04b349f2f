"""What SGLang is launched with, decided without launching anything."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stellarchat.core.errors import EngineMissing
from stellarchat.core.launch import LaunchOptions, LaunchPlan, Readiness
from stellarchat.core.models import Artefact, ModelKind, Variant
from stellarchat.engines.sglang import start
from stellarchat.engines.sglang.engine import Sglang
from tests.engines.paged.machines import GIB, THINKER, Machine, cards, devices, environment, model, weights

START = str(Path(start.__file__).absolute())


class Place:
    """A machine with one GPU and an environment with this release of SGLang."""

    def __init__(self, folder: Path, version: str) -> None:
        self.venv = environment(folder / "venv", "sglang", version)
        self.folder = weights(folder / "model", 8 * GIB)
        self.engine = Sglang(environment=str(self.venv), root=devices(folder / "root", "nvidia0"))

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
    place = Place(tmp_path, "0.5.23")
    assert place.plan(model("sglang")) == LaunchPlan(
        name="qwen3-8b",
        argv=(
            str(place.venv / "bin" / "python"),
            START,
            "--model-path",
            str(place.folder),
            "--host",
            "127.0.0.1",
            "--port",
            "{port}",
            "--served-model-name",
            "qwen3-8b",
            "--context-length",
            "32768",
            "--max-running-requests",
            "64",
            "--mem-fraction-static",
            "0.85",
            "--enable-cache-report",
            "--enable-metrics",
            "--log-level-http",
            "warning",
        ),
        env={
            "STELLAR_ENGINE_KEY": "{key}",
            "HF_HUB_OFFLINE": "1",
            "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
            "CUDA_VISIBLE_DEVICES": "0",
        },
        readiness=Readiness(path="/health", deadline=1800.0, loading_status=503),
        environment=str(place.venv),
        weights=(str(place.folder),),
        weights_bytes=8 * GIB,
    )


def test_two_gpus_and_every_option(tmp_path: Path) -> None:
    plan = Place(tmp_path, "0.5.23").plan(
        model("sglang", capabilities=THINKER),
        Machine(gpus=cards(20, 24, 24)),
        n_gpu=2,
        context_length=4096,
        slots=12,
        precision="bfloat16",
        cache_type="fp8_e5m2",
        gpu_memory_utilization=0.8,
        trust_remote_code=True,
        thinking=True,
        lora=("/adapters/poet",),
        extra_args=("--seed", "7"),
    )
    assert plan.argv[10:] == (
        "--context-length",
        "4096",
        "--max-running-requests",
        "12",
        "--tp-size",
        "2",
        "--mem-fraction-static",
        "0.8",
        "--dtype",
        "bfloat16",
        "--kv-cache-dtype",
        "fp8_e5m2",
        "--trust-remote-code",
        "--enable-lora",
        "--lora-paths",
        "qwen3-8b=/adapters/poet",
        "--enable-cache-report",
        "--tool-call-parser",
        "qwen25",
        "--reasoning-parser",
        "qwen3",
        "--default-chat-template-kwargs",
        '{"enable_thinking": true, "thinking": true}',
        "--enable-metrics",
        "--log-level-http",
        "warning",
        "--seed",
        "7",
    )
    assert plan.env == {
        "STELLAR_ENGINE_KEY": "{key}",
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        "CUDA_VISIBLE_DEVICES": "1,2",
    }


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (ModelKind.EMBEDDING, ("--is-embedding",)),
        (ModelKind.RERANK, ("--is-embedding", "--disable-radix-cache", "--chunked-prefill-size", "-1")),
    ],
)
def test_other_kinds(tmp_path: Path, kind: ModelKind, words: tuple[str, ...]) -> None:
    plan = Place(tmp_path, "0.5.23").plan(model("sglang", kind=kind))
    assert plan.argv[plan.argv.index("--is-embedding") :] == (
        *words,
        "--enable-metrics",
        "--log-level-http",
        "warning",
    )


@pytest.mark.parametrize(
    ("name", "repo", "version", "tools", "reasoning"),
    [
        ("qwen3-8b", "Qwen/Qwen3-8B", "0.5.23", "qwen25", "qwen3"),
        ("qwen3-8b", "Qwen/Qwen3-8B", "0.4.6", "qwen25", None),
        ("gpt-oss-20b", "openai/gpt-oss-20b", "0.5.3", "gpt-oss", "gpt-oss"),
        ("r1", "deepseek-ai/DeepSeek-R1", "0.4.6", None, "deepseek-r1"),
        ("own", "somebody/else", "0.5.23", "auto", "auto"),
        ("own", "somebody/else", "0.5.9", None, None),
    ],
)
def test_parsers_by_family_and_release(
    tmp_path: Path, name: str, repo: str, version: str, tools: str | None, reasoning: str | None
) -> None:
    variant = model("sglang", name, capabilities=THINKER, artefact=Artefact(hf_repo=repo))
    argv = Place(tmp_path, version).plan(variant).argv

    def value(flag: str) -> str | None:
        return argv[argv.index(flag) + 1] if flag in argv else None

    assert (value("--tool-call-parser"), value("--reasoning-parser")) == (tools, reasoning)


def test_requests_ask_for_the_adapter_that_a_model_was_started_with(tmp_path: Path) -> None:
    place = Place(tmp_path, "0.5.23")
    adapt = place.engine.dialect.adapt
    body = {"model": "qwen3-8b", "prompt": "x"}
    assert adapt(body) is body
    place.plan(model("sglang"), lora=("/adapters/poet",))
    assert adapt(body) == {**body, "lora_path": "qwen3-8b"}
    assert adapt({**body, "model": "other"}) == {**body, "model": "other"}
    place.plan(model("sglang"))
    assert adapt(body) is body


def test_a_default_for_thinking_needs_a_newer_release(tmp_path: Path) -> None:
    variant = model("sglang", capabilities=THINKER)
    refusal = Place(tmp_path, "0.5.14").engine.refuses(variant, LaunchOptions(thinking=False))
    assert refusal is not None
    assert refusal.param == "thinking"
    assert Place(tmp_path / "new", "0.5.16").engine.refuses(variant, LaunchOptions(thinking=False)) is None


def test_probing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    bare, gpu = devices(tmp_path / "bare"), devices(tmp_path / "gpu", "nvidia0")
    closed = "http://127.0.0.1:9"  # nobody listens on the port of "discard"
    probe = Sglang(base_url=closed, root=gpu).probe()
    assert not probe.usable
    assert probe.reason == "SGLang is not installed."
    assert probe.remedy is not None
    assert "pip install sglang" in probe.remedy
    assert "sglang.base_url" in probe.remedy
    installed = environment(tmp_path / "full", "sglang", "0.5.23")
    assert Sglang(environment=str(installed), root=gpu).probe().version == "0.5.23"
    blind = Sglang(environment=str(installed), root=bare).probe()
    assert (blind.usable, blind.version) == (False, "0.5.23")


def test_an_address_that_is_set_is_attached_to(tmp_path: Path) -> None:
    installed = environment(tmp_path / "full", "sglang", "0.5.23")
    engine = Sglang(base_url="http://gpu-box:30000/v1/", named=True, environment=str(installed))
    assert not engine.launches
    assert engine.probe().usable
    assert engine.daemon is not None
    assert engine.daemon.address.base_url == "http://gpu-box:30000"
    assert engine.fields(model("sglang")) == ()
    with pytest.raises(EngineMissing):
        engine.plan(model("sglang"), LaunchOptions(), Machine(), tmp_path)


def test_the_key_is_added_where_nobody_can_read_it(tmp_path: Path) -> None:
    """A program in SGLang's place prints its arguments, and those that the system knows of it."""
    package = tmp_path / "sglang"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "launch_server.py").write_text(
        "import multiprocessing, sys\n"
        "def tell(who):\n"
        "    print(who, 'secret' in open('/proc/self/cmdline').read(), sys.argv[1:], flush=True)\n"
        "if __name__ == '__main__':\n"
        "    tell('seen')\n"
        "    context = multiprocessing.get_context('spawn')\n"
        "    process = context.Process(target=tell, args=('child',))\n"
        "    process.start(); process.join(); sys.exit(process.exitcode)\n"
    )
    done = subprocess.run(
        [sys.executable, START, "--port", "1"],
        env={"PYTHONPATH": str(tmp_path), "STELLAR_ENGINE_KEY": "-secret"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    arguments = "['--port', '1', '--api-key=-secret']"
    assert done.stdout.splitlines() == [f"seen False {arguments}", f"child False {arguments}"], done.stderr
    assert done.returncode == 0
