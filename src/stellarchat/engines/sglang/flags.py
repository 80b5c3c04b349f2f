"""SGLang's command line for a variant and its options, in the words of the release that is installed.

Compared with the sources of 0.4.6, 0.5.3, 0.5.6, 0.5.9, 0.5.12, 0.5.14 to 0.5.22 (even ones) and 0.5.23.
"""

import json
from typing import Final

from stellarchat.core.launch import LaunchOptions
from stellarchat.core.models import Capability, ModelKind, Variant
from stellarchat.engines._paged.families import parsers
from stellarchat.engines._paged.shape import Shape
from stellarchat.engines.sglang.families import AUTO_SINCE, FAMILIES
from stellarchat.engines.sglang.start import KEY

Release = tuple[int, int, int]

DEFAULT_THINKING_SINCE: Final = (0, 5, 16)

CACHE_TYPES: Final = ("auto", "fp8_e4m3", "fp8_e5m2", "bfloat16")

# flags that are not for extra_args, and the option that says the same
TAKEN: Final[dict[str, str | None]] = {
    "--model-path": None, "--model": None, "--host": None, "--port": None, "--config": None,
    "--api-key": None, "--admin-api-key": None, "--served-model-name": None, "--uds": None,
    "--ssl-keyfile": None, "--ssl-certfile": None, "--ssl-ca-certs": None, "--grpc-mode": None,
    "--grpc-port": None, "--smg-grpc-mode": None, "--enable-custom-logit-processor": None,
    "--custom-sigquit-handler": None, "--trust-request-chat-template": None, "--fastapi-root-path": None,
    "--context-length": "context_length", "--max-running-requests": "slots", "--tp-size": "n_gpu",
    "--tensor-parallel-size": "n_gpu", "--tp": "n_gpu", "--dtype": "precision",
    "--kv-cache-dtype": "cache_type", "--mem-fraction-static": "gpu_memory_utilization",
    "--trust-remote-code": "trust_remote_code", "--enable-lora": "lora", "--lora-paths": "lora",
    "--default-chat-template-kwargs": "thinking", "--is-embedding": None,
}  # fmt: skip


def arguments(
    variant: Variant, options: LaunchOptions, shape: Shape, release: Release, weights: str
) -> tuple[str, ...]:
    """Return all arguments of `sglang.launch_server`. `options` are settled."""
    words = ["--model-path", weights, "--host", "127.0.0.1", "--port", "{port}"]
    words += ["--served-model-name", variant.id]
    words += ["--context-length", str(options.context_length), "--max-running-requests", str(options.slots)]
    if (options.n_gpu or 1) > 1:
        words += ["--tp-size", str(options.n_gpu)]
    words += ["--mem-fraction-static", f"{options.gpu_memory_utilization:g}"]
    if options.precision is not None:
        words += ["--dtype", options.precision]
    if options.cache_type is not None:
        words += ["--kv-cache-dtype", options.cache_type]
    if options.trust_remote_code:
        words += ["--trust-remote-code"]
    if options.lora:
        words += ["--enable-lora", "--lora-paths", f"{variant.id}={options.lora[0]}"]
    if variant.kind is ModelKind.EMBEDDING:
        words += ["--is-embedding"]
    elif variant.kind is ModelKind.RERANK:
        # a cross-encoder reads each pair whole and keeps nothing of it
        words += ["--is-embedding", "--disable-radix-cache", "--chunked-prefill-size", "-1"]
    else:
        words += _chat(variant, options, shape, release)
    words += ["--enable-metrics", "--log-level-http", "warning"]
    return (*words, *(options.extra_args or ()))


def _chat(variant: Variant, options: LaunchOptions, shape: Shape, release: Release) -> list[str]:
    words = ["--enable-cache-report"]
    known = parsers(FAMILIES, variant, shape, release)
    other = "auto" if release >= AUTO_SINCE else None
    if Capability.TOOLS in variant.capabilities and (tools := known.tools or other):
        words += ["--tool-call-parser", tools]
    if Capability.THINKING in variant.capabilities and (reasoning := known.reasoning or other):
        words += ["--reasoning-parser", reasoning]
    if options.thinking is not None:
        defaults = json.dumps({"enable_thinking": options.thinking, "thinking": options.thinking})
        words += ["--default-chat-template-kwargs", defaults]
    return words


def environment(options: LaunchOptions) -> dict[str, str]:
    """Return the variables that it is launched with."""
    variables = {KEY: "{key}"}
    if not options.trust_remote_code:  # the weights are here; only a model's code may come from elsewhere
        variables["HF_HUB_OFFLINE"] = "1"
    if options.gpus is not None:
        variables["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"  # the order in which the driver numbers them
        variables["CUDA_VISIBLE_DEVICES"] = ",".join(str(gpu) for gpu in options.gpus)
    return variables
