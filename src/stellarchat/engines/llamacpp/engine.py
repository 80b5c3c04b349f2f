"""llama.cpp as an engine: what it needs, what it takes of memory, and how it is launched."""

import re
import sys
from importlib import metadata, util
from pathlib import Path

import msgspec

from stellarchat.core.errors import LaunchFailed
from stellarchat.core.launch import LaunchField, LaunchOptions, LaunchPlan, Readiness
from stellarchat.core.models import ModelKind, Variant
from stellarchat.engines._openai_http.dialect import LLAMACPP, Dialect
from stellarchat.engines.base import Footprint, Hardware, Probe, Refusal, refused_option
from stellarchat.engines.llamacpp.gguf import BadGGUF, Header, read_header

MIB = 1 << 20
DEFAULT_CONTEXT = 8192  # tokens; most chats fit, and the memory for it is still small
DEFAULT_EMBEDDING_CONTEXT = 2048
SMALLEST_CONTEXT = 1024  # below this a chat is no use, so settling stops here
DEFAULT_SLOTS = 4
MAX_SLOTS = 256  # LLAMA_MAX_SEQ
MAX_REPLICAS = 16
MAX_THREADS = 512  # GGML_MAX_N_THREADS
UBATCH = 512  # tokens computed at once: llama.cpp's default
PROCESS_BYTES = 96 * MIB  # measured: interpreter and library, no model
LOAD_DEADLINE = 600.0  # seconds; reading 40 GB from a slow disk takes some minutes

# an id is a word of argv: it must never look like an option or like anything but a name
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,127}")

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

    def probe(self) -> Probe:
        """Look for `xllamacpp` without importing it: its library has 100 MB."""
        if util.find_spec("xllamacpp") is None:
            return Probe(
                usable=False,
                reason="The library xllamacpp is not installed.",
                remedy="Install it: pip install xllamacpp",
            )
        return Probe(usable=True, version=metadata.version("xllamacpp"))

    def fields(self, variant: Variant) -> tuple[LaunchField, ...]:
        """All of it is on the processor: the wheel of xllamacpp has no GPU code."""
        return (
            LaunchField(name="context_length", type="integer", minimum=1, maximum=variant.context_length),
            LaunchField(name="slots", type="integer", minimum=1, maximum=MAX_SLOTS),
            LaunchField(name="threads", type="integer", minimum=1, maximum=MAX_THREADS),
            LaunchField(name="replicas", type="integer", minimum=1, maximum=MAX_REPLICAS),
        )

    def refuses(self, variant: Variant, options: LaunchOptions) -> Refusal | None:
        """Name the first thing that llama.cpp cannot do with these."""
        if self.name not in variant.engines:
            return Refusal(f"{variant.name} is not made for llama.cpp.", "engine_type")
        if variant.format != "gguf":
            return Refusal(f"llama.cpp runs the format gguf, not {variant.format}.", "format")
        if not SAFE_NAME.fullmatch(variant.id):
            return Refusal(
                "A model's id is letters, digits and . _ : + - and starts with a letter or digit.", "model_id"
            )
        if options.n_gpu:
            return Refusal(
                "The installed llama.cpp computes on the processor only: leave n_gpu out.", "n_gpu"
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
                remedy="Delete the model and download it again.",
                detail=str(weights),
            ) from error
        return _measure(variant, header)

    def settled(
        self, variant: Variant, options: LaunchOptions, hardware: Hardware, footprint: Footprint
    ) -> LaunchOptions:
        """Decide context, slots and threads; of what is left open, first slots and then context shrink."""
        usual = DEFAULT_CONTEXT if variant.kind is ModelKind.CHAT else DEFAULT_EMBEDDING_CONTEXT
        context = options.context_length or min(variant.context_length, footprint.context_limit, usual)
        slots = options.slots or DEFAULT_SLOTS
        room = hardware.memory_available
        while options.slots is None and slots > 1 and footprint.needed(context, slots) > room:
            slots //= 2
        while (
            options.context_length is None
            and context // 2 >= SMALLEST_CONTEXT
            and footprint.needed(context, slots) > room
        ):
            context //= 2
        return msgspec.structs.replace(
            options,
            engine=self.name,
            context_length=context,
            slots=slots,
            # all cores would let any other load on the machine starve every stream (measured)
            threads=options.threads or max(1, hardware.physical_cores - 1),
            n_gpu=0,
        )

    def plan(self, variant: Variant, options: LaunchOptions, hardware: Hardware, weights: Path) -> LaunchPlan:
        """Return the worker's command line."""
        # idle prompts kept in memory spare reading them again; never more than a sixteenth of what is free
        cache = min(4096, hardware.memory_available // 16 // MIB)
        argv: tuple[str, ...] = (
            sys.executable,
            "-m",
            "stellarchat.engines.llamacpp.worker",
            "--model",
            str(weights.absolute()),
            "--port",
            "{port}",
            "--context",
            str(options.context_length),
            "--slots",
            str(options.slots),
            "--threads",
            str(options.threads),
            "--alias",
            variant.id,
            "--prompt-cache",
            str(cache),
        )
        if variant.kind is not ModelKind.CHAT:
            argv += ("--kind", variant.kind.value)
        return LaunchPlan(
            name=variant.id,
            argv=argv,
            env={"STELLAR_ENGINE_KEY": "{key}"},
            readiness=Readiness(path="/health", deadline=LOAD_DEADLINE, loading_status=503),
            weights=(str(weights.absolute()),),
            weights_bytes=variant.artefact.size_bytes,
        )


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
