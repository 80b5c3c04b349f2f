"""llama.cpp as an engine: what it needs, what it takes of memory, and how it is launched."""

import re
from collections.abc import Callable
from importlib import metadata, util
from pathlib import Path

import msgspec

from stellarchat.core.errors import LaunchFailed
from stellarchat.core.launch import LaunchField, LaunchOptions, LaunchPlan
from stellarchat.core.models import Capability, ModelKind, Variant
from stellarchat.engines._openai_http.dialect import LLAMACPP, Dialect
from stellarchat.engines._worker import worker_plan
from stellarchat.engines.base import (
    Footprint,
    Gpu,
    Hardware,
    Probe,
    Refusal,
    broken_weights_remedy,
    context_field,
    refused_option,
    shrunk,
)
from stellarchat.engines.llamacpp.backend import installed_backend
from stellarchat.engines.llamacpp.gguf import BadGGUF, Header, read_header

MIB = 1 << 20
DEFAULT_CONTEXT = 8192  # tokens; most chats fit, and the memory for it is still small
DEFAULT_EMBEDDING_CONTEXT = 2048
DEFAULT_SLOTS = 4
MAX_SLOTS = 256  # LLAMA_MAX_SEQ
MAX_REPLICAS = 16
MAX_THREADS = 512  # GGML_MAX_N_THREADS
UBATCH = 512  # tokens computed at once: llama.cpp's default
LOAD_DEADLINE = 600.0  # seconds; reading 40 GB from a slow disk takes some minutes
PROCESS_BYTES = 96 * MIB  # measured: interpreter and library, no model

# an id is a word of argv: it must never look like an option or like anything but a name
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,127}")

ALL_LAYERS = 999  # more than any model has: llama.cpp takes as many as there are
GPU_SPARE = 0.08  # share of a GPU's free memory left for its driver and the compute buffers we don't know

# bytes of one number of the key-value cache, blocks and their scales included
CACHE_BYTES = {"f32": 4.0, "f16": 2.0, "bf16": 2.0, "q8_0": 34 / 32, "q5_1": 24 / 32, "q4_0": 18 / 32}

# bits of one weight where the catalogue knows the number of weights only
QUANTIZATION_BITS = {
    "f32": 32.0, "f16": 16.0, "bf16": 16.0, "q8_0": 8.5, "q6_k": 6.6, "q5_k_m": 5.7, "q5_0": 5.5,
    "q4_k_m": 4.9, "q4_k_s": 4.6, "q4_0": 4.6, "q3_k_m": 3.9, "q2_k": 3.2,
}  # fmt: skip


class LlamaCpp:
    """The engine that comes with the base package: no compiler, no torch, GGUF weights."""

    name = "llamacpp"
    launches = True
    daemon = None
    dialect: Dialect = LLAMACPP

    def __init__(self, backend: Callable[[], str | None] = installed_backend) -> None:
        self._backend = backend

    def probe(self) -> Probe:
        """Look for `xllamacpp` without importing it: its library has 100 MB."""
        if util.find_spec("xllamacpp") is None:
            return Probe(
                usable=False,
                reason="The library xllamacpp is not installed.",
                remedy="Install it: pip install xllamacpp",
                sentence="engine_library",
                values={"names": "xllamacpp", "command": "pip install xllamacpp"},
            )
        backend = self._backend()
        version = metadata.version("xllamacpp")
        return Probe(usable=True, version=f"{version} ({backend})" if backend else version)

    def fields(self, variant: Variant) -> tuple[LaunchField, ...]:
        """GPUs only where the installed library has code for them: the usual wheel has none."""
        fields = [
            context_field(variant),
            LaunchField(name="slots", type="integer", minimum=1, maximum=MAX_SLOTS),
            LaunchField(name="threads", type="integer", minimum=1, maximum=MAX_THREADS),
            LaunchField(name="replicas", type="integer", minimum=1, maximum=MAX_REPLICAS),
            LaunchField(name="lora", type="list"),
        ]
        if variant.kind is ModelKind.CHAT:
            fields.append(LaunchField(name="cache_type", type="choice", choices=tuple(CACHE_BYTES)))
            if Capability.THINKING in variant.capabilities:
                fields.append(LaunchField(name="thinking", type="boolean"))
        if self._backend():
            fields += [
                LaunchField(name="n_gpu", type="integer", minimum=0, maximum=64),
                LaunchField(name="gpus", type="list"),
                LaunchField(name="gpu_layers", type="integer", minimum=0, maximum=ALL_LAYERS),
            ]
        return tuple(fields)

    def refuses(self, variant: Variant, options: LaunchOptions) -> Refusal | None:
        """Name the first thing that llama.cpp cannot do with these."""
        if self.name not in variant.engines:
            return Refusal(
                f"{variant.name} is not made for llama.cpp.",
                "engine_type",
                sentence="not_made_for",
                values={"name": variant.name, "engine": "llama.cpp"},
            )
        if variant.format != "gguf":
            return Refusal(
                f"llama.cpp runs the format gguf, not {variant.format}.",
                "format",
                sentence="format_gguf",
                values={"format": str(variant.format)},
            )
        if not SAFE_NAME.fullmatch(variant.id):
            return Refusal(
                "A model's id is letters, digits and . _ : + - and starts with a letter or digit.",
                "model_id",
                sentence="model_id_letters",
            )
        if not self._backend():
            for name in ("n_gpu", "gpus", "gpu_layers"):
                if getattr(options, name):
                    return Refusal(
                        "The installed llama.cpp computes on the processor only: leave"
                        f" {name} out, or install a build of xllamacpp for your GPU.",
                        name,
                        sentence="llamacpp_cpu",
                        values={"field": name},
                    )
            options = msgspec.structs.replace(options, n_gpu=None, gpus=None, gpu_layers=None)
        for path in options.lora or ():
            file = lora_file(path)
            if not file.is_file():
                return Refusal(
                    f"There is no adapter at {file}.",
                    "lora",
                    sentence="lora_none",
                    values={"path": str(file)},
                )
            try:
                read_header(file)
            except (BadGGUF, OSError) as error:
                return Refusal(
                    f"The adapter {file} cannot be used: {error}",
                    "lora",
                    sentence="lora_unusable",
                    values={"path": str(file), "said": str(error)},
                )
        return refused_option(self.fields(variant), options, "llama.cpp")

    def footprint(self, variant: Variant, weights: Path | None) -> Footprint:
        """Read it from the file's head; without a file, estimate from the number of weights."""
        if weights is None:
            return _estimate(variant)
        try:
            header = read_header(weights)
        except (BadGGUF, OSError) as error:
            raise LaunchFailed(
                f"The file of {variant.name} cannot be used: {error}",
                remedy=broken_weights_remedy(variant),
                detail=str(weights),
                sentence="weights_unusable",
                values={"name": variant.name, "said": str(error)},
            ) from error
        return _measure(variant, header)

    def settled(
        self, variant: Variant, options: LaunchOptions, hardware: Hardware, footprint: Footprint
    ) -> LaunchOptions:
        """Decide where it lies, context, slots and threads.

        Of what is left open, first slots and then context shrink until it fits. On GPUs it lies as a whole
        or, where no set of them has the room, with as many layers as fit.
        """
        footprint = cached_as(footprint, options.cache_type)
        usual = DEFAULT_CONTEXT if variant.kind is ModelKind.CHAT else DEFAULT_EMBEDDING_CONTEXT
        context = options.context_length or min(variant.context_length, footprint.context_limit, usual)
        slots = options.slots or DEFAULT_SLOTS
        gpus = self._gpus(options, hardware, footprint.needed(context, slots))
        room = sum(usable(gpu) for gpu in gpus) if gpus else hardware.memory_available
        context, slots = shrunk(footprint, options, context, slots, room)
        layers = 0
        if gpus:
            share = min(1.0, room / max(1, footprint.needed(context, slots)))
            layers = options.gpu_layers if options.gpu_layers is not None else _layers(footprint, share)
        return msgspec.structs.replace(
            options,
            engine=self.name,
            context_length=context,
            slots=slots,
            # all cores would let any other load on the machine starve every stream (measured)
            threads=options.threads or max(1, hardware.physical_cores - 1),
            n_gpu=len(gpus),
            gpus=tuple(gpu.index for gpu in gpus) or None,
            gpu_layers=layers or None,
        )

    def _gpus(self, options: LaunchOptions, hardware: Hardware, needed: int) -> list[Gpu]:
        """Choose the fewest GPUs that hold it, those with the most free memory first."""
        if not self._backend() or options.n_gpu == 0 or options.gpu_layers == 0:
            return []
        there = sorted(hardware.gpus, key=lambda gpu: gpu.memory_free, reverse=True)
        if options.n_gpu is not None:
            return there[: options.n_gpu]
        for count in range(1, len(there) + 1):
            if sum(usable(gpu) for gpu in there[:count]) >= needed:
                return there[:count]
        return there

    def plan(self, variant: Variant, options: LaunchOptions, hardware: Hardware, weights: Path) -> LaunchPlan:
        """Return the worker's command line."""
        # idle prompts kept in memory spare reading them again; never more than a sixteenth of what is free
        cache = min(4096, hardware.memory_available // 16 // MIB)
        argv: tuple[str, ...] = ("--prompt-cache", str(cache))
        if (projector := projector_of(variant, weights)) is not None:
            argv += ("--mmproj", str(projector.absolute()))
        for adapter in options.lora or ():
            argv += ("--lora", adapter)
        if options.cache_type is not None:
            argv += ("--cache-type", options.cache_type)
        if options.thinking is not None:
            argv += ("--thinking", "on" if options.thinking else "off")
        if options.gpu_layers:
            argv += ("--gpu-layers", str(options.gpu_layers))
        env = {}
        if self._backend() == "cuda":
            env["CUDA_VISIBLE_DEVICES"] = ",".join(map(str, options.gpus or ()))
        module = "stellarchat.engines.llamacpp.worker"
        return worker_plan(module, variant, options, weights, argv=argv, env=env, deadline=LOAD_DEADLINE)


def usable(gpu: Gpu) -> int:
    """Return what of a GPU's free memory a model may take; bytes."""
    return int(gpu.memory_free * (1 - GPU_SPARE))


def lora_file(adapter: str) -> Path:
    """Return the file of an adapter, written as `PATH` or `PATH:SCALE`."""
    path, colon, scale = adapter.rpartition(":")
    try:
        float(scale)
    except ValueError:
        path = ""
    return Path(path if colon and path else adapter).expanduser()


def projector_of(variant: Variant, weights: Path) -> Path | None:
    """Return the vision projector: beside the weights in their repository, or where the entry says."""
    artefact = variant.artefact
    if artefact.mmproj is None:
        return None
    if artefact.hf_file is None:
        return Path(artefact.mmproj).expanduser()
    return weights.parents[artefact.hf_file.count("/")] / artefact.mmproj


def cached_as(footprint: Footprint, cache_type: str | None) -> Footprint:
    """Return the footprint with keys and values in another form than 16 bits."""
    if cache_type is None:
        return footprint
    per_token = int(footprint.kv_bytes_per_token * CACHE_BYTES[cache_type] / 2)
    return msgspec.structs.replace(footprint, kv_bytes_per_token=per_token)


def _layers(footprint: Footprint, share: float) -> int:
    """Return how many layers go to the GPU when this share of everything fits there."""
    return ALL_LAYERS if share >= 1 or not footprint.layers else int(footprint.layers * share)


def _measure(variant: Variant, header: Header) -> Footprint:
    layers = header.number("block_count")
    width = header.number("embedding_length")
    heads = header.number("attention.head_count", 1)
    head_width = width // heads if heads else 0
    key = header.number("attention.key_length", head_width)
    value = header.number("attention.value_length", head_width)
    kv_heads = header.per_layer("attention.head_count_kv", layers)
    if not any(kv_heads):
        kv_heads = header.per_layer("attention.head_count", layers)
    vocabulary = header.lengths.get("tokenizer.ggml.tokens", 0)
    return Footprint(
        weights_bytes=header.size_bytes,
        kv_bytes_per_token=2 * (key + value) * sum(kv_heads),  # keys and values in 16 bits
        # logits and activations of one batch, in 32 bits
        overhead_bytes=PROCESS_BYTES + 4 * UBATCH * (vocabulary + 8 * width),
        context_limit=header.number("context_length", variant.context_length),
        layers=layers,
        exact=True,
    )


def _estimate(variant: Variant) -> Footprint:
    weights = variant.parameters or 0
    bits = QUANTIZATION_BITS.get(variant.quantization.lower(), 16.0)
    # caches of common models with grouped-query attention: 23 kB a token at 0.1 B weights (SmolLM2),
    # 112 kB at 0.6 B (Qwen3), 144 kB at 8 B
    per_token = 24_576 if weights < 400e6 else 114_688 if weights < 3.5e9 else 147_456
    return Footprint(
        weights_bytes=variant.artefact.size_bytes or int(weights * bits / 8),
        kv_bytes_per_token=per_token,
        overhead_bytes=PROCESS_BYTES + 320 * MIB,
        context_limit=variant.context_length,
    )
