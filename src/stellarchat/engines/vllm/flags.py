"""vLLM's command line for a variant and its options, in the words of the release that is installed.

Compared with the sources of 0.9.2, 0.10.0 to 0.10.2, 0.11.2, 0.12.0 to 0.15.0, 0.18.0 and 0.32.0.
"""

import json
from math import ceil
from typing import Final

from stellarchat.core.launch import LaunchOptions
from stellarchat.core.models import Capability, ModelKind, Variant
from stellarchat.engines._paged.families import parsers
from stellarchat.engines._paged.shape import GIB, Shape
from stellarchat.engines.vllm.families import FAMILIES

Release = tuple[int, int, int]

RUNNER_SINCE: Final = (0, 10, 1)  # before it: --task
DEFAULT_THINKING_SINCE: Final = (0, 14, 0)
STRUCTURED_SINCE: Final = (0, 11, 0)
QUIET_SINCE: Final = (0, 10, 0)  # before it every prompt was written to the log
REASONING_ALONE_SINCE: Final = (0, 9, 0)  # before it --enable-reasoning had to stand beside the parser
LORA_RANK: Final = 64  # vLLM's own limit is 16, below what many adapters have

CACHE_TYPES: Final = ("auto", "fp8", "fp8_e4m3", "fp8_e5m2", "bfloat16")

# flags that are not for extra_args, and the option that says the same
TAKEN: Final[dict[str, str | None]] = {
    "--model": None, "--host": None, "--port": None, "--uds": None, "--root-path": None, "--config": None,
    "--api-key": None, "--served-model-name": None, "--headless": None, "--ssl-keyfile": None,
    "--ssl-certfile": None, "--ssl-ca-certs": None, "--ssl-cert-reqs": None, "--middleware": None,
    "--tool-parser-plugin": None, "--reasoning-parser-plugin": None, "--logits-processors": None,
    "--worker-cls": None, "--worker-extension-cls": None, "--allowed-local-media-path": None,
    "--api-server-count": None, "--allowed-origins": None, "--trust-request-chat-template": None,
    "--max-model-len": "context_length", "--max-num-seqs": "slots", "--tensor-parallel-size": "n_gpu",
    "-tp": "n_gpu", "--dtype": "precision", "--kv-cache-dtype": "cache_type",
    "--gpu-memory-utilization": "gpu_memory_utilization",
    "--device-memory-utilization": "gpu_memory_utilization", "--trust-remote-code": "trust_remote_code",
    "--enable-lora": "lora", "--lora-modules": "lora", "--default-chat-template-kwargs": "thinking",
}  # fmt: skip


def arguments(
    variant: Variant,
    options: LaunchOptions,
    shape: Shape,
    release: Release,
    *,
    cpu: bool,
) -> tuple[str, ...]:
    """Return all that stands after `vllm serve MODEL`. `options` are settled."""
    name = f"{variant.id}.base" if options.lora else variant.id
    words = ["--host", "127.0.0.1", "--port", "{port}", "--served-model-name", name]
    words += ["--max-model-len", str(options.context_length), "--max-num-seqs", str(options.slots)]
    if cpu:
        words += ["--enforce-eager"]
    else:
        if (options.n_gpu or 1) > 1:
            words += ["--tensor-parallel-size", str(options.n_gpu)]
        words += ["--gpu-memory-utilization", f"{options.gpu_memory_utilization:g}"]
    if options.precision is not None:
        words += ["--dtype", options.precision]
    if options.cache_type is not None:
        words += ["--kv-cache-dtype", options.cache_type]
    if options.trust_remote_code:
        words += ["--trust-remote-code"]
    words += _kind(variant, release)
    if options.lora:
        # the adapter gets the model's name, so that every request is answered with it
        words += ["--enable-lora", "--max-lora-rank", str(LORA_RANK)]
        words += ["--lora-modules", f"{variant.id}={options.lora[0]}"]
    if variant.kind is ModelKind.CHAT:
        words += _chat(variant, options, shape, release)
    words += ["--uvicorn-log-level", "warning"]  # no line for each look at its health
    if release < QUIET_SINCE:
        words += ["--disable-log-requests"]
    return (*words, *(options.extra_args or ()))


def _kind(variant: Variant, release: Release) -> list[str]:
    if variant.kind is ModelKind.CHAT:
        return []
    if release >= RUNNER_SINCE:
        return ["--runner", "pooling"]
    return ["--task", "embed" if variant.kind is ModelKind.EMBEDDING else "score"]


def _chat(variant: Variant, options: LaunchOptions, shape: Shape, release: Release) -> list[str]:
    words = ["--enable-prompt-tokens-details"]  # tells how many tokens came from the cache
    known = parsers(FAMILIES, variant, shape, release)
    if Capability.TOOLS in variant.capabilities and known.tools is not None:
        words += ["--enable-auto-tool-choice", "--tool-call-parser", known.tools]
    if Capability.THINKING in variant.capabilities and known.reasoning is not None:
        if release < REASONING_ALONE_SINCE:
            words += ["--enable-reasoning"]
        words += ["--reasoning-parser", known.reasoning]
    if options.thinking is not None:
        defaults = json.dumps({"enable_thinking": options.thinking, "thinking": options.thinking})
        words += ["--default-chat-template-kwargs", defaults]
    return words


def environment(options: LaunchOptions, shape: Shape, *, cpu: bool) -> dict[str, str]:
    """Return the variables that it is launched with."""
    variables = {"VLLM_API_KEY": "{key}", "VLLM_NO_USAGE_STATS": "1", "VLLM_DO_NOT_TRACK": "1"}
    if not options.trust_remote_code:  # the weights are here; only a model's code may come from elsewhere
        variables["HF_HUB_OFFLINE"] = "1"
    if cpu:
        tokens = (options.context_length or 0) * max(1, (options.slots or 1) // 2)
        room = ceil(shape.kv_bytes_per_token * tokens / GIB)
        variables["VLLM_CPU_KVCACHE_SPACE"] = str(max(1, room))
        # threads are counted, not tied to cores, which others use too
        variables["VLLM_CPU_OMP_THREADS_BIND"] = "nobind"
        variables["OMP_NUM_THREADS"] = str(options.threads or 1)
    elif options.gpus is not None:
        variables["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"  # the order in which the driver numbers them
        variables["CUDA_VISIBLE_DEVICES"] = ",".join(str(gpu) for gpu in options.gpus)
    return variables
