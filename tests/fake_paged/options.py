"""The command lines of vLLM and SGLang, as far as they are used; anything else ends the program as there."""

import argparse
import dataclasses
import os
from collections.abc import Sequence


@dataclasses.dataclass(frozen=True)
class Options:
    """What a fake server was started with. `wire` is `vllm`, `vllm-0.10` or `sglang`; `load_time` seconds."""

    wire: str
    model: str
    port: int = 0
    name: str = "fake"
    key: str = ""
    context: int = 4096
    slots: int = 4
    adapters: tuple[str, ...] = ()
    load_time: float = 0.0
    last_words: str = ""


def parse(argv: Sequence[str]) -> Options:
    """Parse `WIRE …`, the rest as that engine would. Leaves the program where it would."""
    wire, *rest = argv
    return _sglang(rest) if wire == "sglang" else _vllm(wire, rest)


def _common(**more: object) -> dict[str, object]:
    return {
        "load_time": float(os.environ.get("FAKE_LOAD_TIME", "0")),
        "last_words": os.environ.get("FAKE_LAST_WORDS", ""),
        **more,
    }


def _vllm(wire: str, argv: Sequence[str]) -> Options:
    parser = argparse.ArgumentParser("vllm")
    parser.add_argument("command", choices=["serve"])
    parser.add_argument("model_tag")
    for flag, kind, default in (
        ("--port", int, 8000),
        ("--host", str, None),
        ("--max-model-len", int, 4096),
        ("--max-num-seqs", int, 4),
        ("--tensor-parallel-size", int, 1),
        ("--gpu-memory-utilization", float, 0.92),
        ("--dtype", str, "auto"),
        ("--kv-cache-dtype", str, "auto"),
        ("--max-lora-rank", int, 16),
        ("--uvicorn-log-level", str, "info"),
        ("--runner", str, "auto"),
        ("--tool-call-parser", str, None),
        ("--reasoning-parser", str, None),
        ("--default-chat-template-kwargs", str, None),
        ("--seed", int, 0),
    ):
        parser.add_argument(flag, type=kind, default=default)
    for flag in ("--trust-remote-code", "--enable-lora", "--enforce-eager"):
        parser.add_argument(flag, action="store_true")
    for flag in ("--enable-prompt-tokens-details", "--enable-auto-tool-choice"):
        parser.add_argument(flag, action="store_true")
    parser.add_argument("--served-model-name", nargs="+", default=["fake"])
    parser.add_argument("--lora-modules", nargs="+", default=[])
    found = parser.parse_args(argv)
    return Options(
        **_common(  # type: ignore[arg-type]
            wire=wire,
            model=found.model_tag,
            port=found.port,
            name=found.served_model_name[0],
            key=os.environ.get("VLLM_API_KEY", ""),
            context=found.max_model_len,
            slots=found.max_num_seqs,
            adapters=tuple(word.partition("=")[0] for word in found.lora_modules),
        )
    )


def _sglang(argv: Sequence[str]) -> Options:
    parser = argparse.ArgumentParser("sglang serve")
    for flag, kind, default in (
        ("--model-path", str, None),
        ("--port", int, 30000),
        ("--host", str, "127.0.0.1"),
        ("--api-key", str, ""),
        ("--served-model-name", str, "fake"),
        ("--context-length", int, 4096),
        ("--max-running-requests", int, 4),
        ("--tp-size", int, 1),
        ("--mem-fraction-static", float, None),
        ("--dtype", str, "auto"),
        ("--kv-cache-dtype", str, "auto"),
        ("--chunked-prefill-size", int, None),
        ("--tool-call-parser", str, None),
        ("--reasoning-parser", str, None),
        ("--default-chat-template-kwargs", str, None),
        ("--log-level-http", str, None),
    ):
        parser.add_argument(flag, type=kind, default=default)
    for flag in ("--trust-remote-code", "--enable-lora", "--is-embedding", "--disable-radix-cache"):
        parser.add_argument(flag, action="store_true")
    for flag in ("--enable-metrics", "--enable-cache-report"):
        parser.add_argument(flag, action="store_true")
    parser.add_argument("--lora-paths", nargs="*", default=[])
    found = parser.parse_args(argv)
    return Options(
        **_common(  # type: ignore[arg-type]
            wire="sglang",
            model=found.model_path,
            port=found.port,
            name=found.served_model_name,
            key=found.api_key,
            context=found.context_length,
            slots=found.max_running_requests,
            adapters=tuple(word.partition("=")[0] for word in found.lora_paths),
        )
    )
