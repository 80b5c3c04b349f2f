"""What extra_args may say."""

import pytest

from stellarchat.core.launch import LaunchOptions
from stellarchat.engines.base import Engine
from stellarchat.engines.sglang.engine import Sglang
from stellarchat.engines.vllm.engine import Vllm
from tests.engines.paged.machines import model


@pytest.mark.parametrize("engine", [Vllm(), Sglang()], ids=["vllm", "sglang"])
@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("--host", "decided by this program"),
        ("--host=0.0.0.0", "decided by this program"),
        ("--hos", "decided by this program"),
        ("--port", "decided by this program"),
        ("--api-key", "decided by this program"),
        ("--api_key", "decided by this program"),
        ("--served_model_name=x", "decided by this program"),
        ("--config", "decided by this program"),
        ("--trust-remote", "use trust_remote_code"),
        ("--kv-cache-dtype=fp8", "use cache_type"),
        ("--tensor-parallel-size", "use n_gpu"),
        ("a\0b", "one line"),
        ("a\nb", "one line"),
    ],
)
def test_what_this_program_decides_is_refused(engine: Engine, word: str, said: str) -> None:
    refusal = engine.refuses(model(engine.name), LaunchOptions(extra_args=("--seed", "1", word)))
    assert refusal is not None
    assert refusal.param == "extra_args"
    assert said in refusal.reason


def test_a_short_flag_counts_too() -> None:
    refusal = Vllm().refuses(model("vllm"), LaunchOptions(extra_args=("-tp", "2")))
    assert refusal is not None
    assert "n_gpu" in refusal.reason


@pytest.mark.parametrize("engine", [Vllm(), Sglang()], ids=["vllm", "sglang"])
@pytest.mark.parametrize(
    "words",
    [
        ("--quantization", "awq"),
        ("--seed", "1"),
        ("--model-impl", "transformers"),
        ("--config-format=hf",),
        ("--chunked-prefill-size", "-1"),
        ("--hf-overrides", '{"a": 1}'),
        ("-O3",),
    ],
)
def test_everything_else_is_passed_on(engine: Engine, words: tuple[str, ...]) -> None:
    assert engine.refuses(model(engine.name), LaunchOptions(extra_args=words)) is None
