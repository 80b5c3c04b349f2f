"""Transformers as an engine: what it needs, what it takes of memory, and how it is launched."""

import platform
import re
from importlib import metadata, util
from pathlib import Path

import msgspec

from stellarchat.core.errors import LaunchFailed
from stellarchat.core.launch import LaunchField, LaunchOptions, LaunchPlan
from stellarchat.core.models import ModelKind, Variant
from stellarchat.engines._openai_http.dialect import Dialect
from stellarchat.engines._paged.installed import gpu_present
from stellarchat.engines._worker import worker_plan
from stellarchat.engines.base import (
    SMALLEST_CONTEXT,
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
from stellarchat.engines.transformers import sizes
from stellarchat.engines.transformers.dialect import TRANSFORMERS
from stellarchat.engines.transformers.folder import BadFolder, Facts, read_folder

FORMATS = ("safetensors", "pytorch")
PACKAGES = ("torch", "transformers", "llguidance")
COMMAND = "pip install 'stellarchat[transformers]'"
INSTALL = f"Install the libraries: {COMMAND}"
DEFAULT_CONTEXT = 8192  # tokens; most chats fit, and the memory for it is still small
SLOTS, GPU_SLOTS = 8, 32
MAX_SLOTS, MAX_REPLICAS, MAX_THREADS = 256, 16, 512
LOAD_DEADLINE = 900.0  # seconds; torch alone takes some, and weights may be converted while they are read
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,127}")
# passes are of ever new sizes; memory kept for each of them grew to twice what the model needs (measured)
GPU_ENVIRONMENT = {"PYTORCH_CUDA_ALLOC_CONF": "expandable_segments:True"}
# processors that compute with bfloat16 themselves; all others are slower with it than with float32
BF16_FLAGS = ("avx512_bf16", "amx_bf16")
# GPUs made before bfloat16
OLD_GPU = re.compile(r"\b(T4|[VPKM]\d{2,3}|GTX|TITAN|RTX 20\d\d|Quadro (RTX|[PGM]))", re.IGNORECASE)


class Transformers:
    """Runs folders of Hugging Face by continuous batching, in a worker process of ours.

    `device` is `auto`, `cpu`, `mps`, `cuda` or `cuda:N`; `precision` `auto` or one of torch's names.
    """

    name = "transformers"
    launches = True
    daemon = None
    dialect: Dialect = TRANSFORMERS

    def __init__(self, device: str = "auto", precision: str = "auto", root: Path = Path("/")) -> None:
        self._device, self._precision, self._root = device, precision, root
        self._bf16: bool | None = None

    def probe(self) -> Probe:
        """Look for the libraries without importing them: torch alone takes seconds."""
        missing = [name for name in PACKAGES if util.find_spec(name) is None]
        if missing:
            return Probe(
                usable=False,
                reason=f"{' and '.join(missing)} not installed.",
                remedy=INSTALL,
                sentence="engine_library",
                values={"names": ", ".join(missing), "command": COMMAND},
            )
        return Probe(
            usable=True, version=f"{metadata.version('transformers')} (torch {metadata.version('torch')})"
        )

    def fields(self, variant: Variant) -> tuple[LaunchField, ...]:
        """Its keys and values lie on one device, so a replica has one GPU at most."""
        most = 0 if self._device in ("cpu", "mps") else 1
        return (
            context_field(variant),
            LaunchField(name="slots", type="integer", minimum=1, maximum=MAX_SLOTS),
            LaunchField(name="threads", type="integer", minimum=1, maximum=MAX_THREADS),
            LaunchField(name="n_gpu", type="integer", minimum=0, maximum=most),
            LaunchField(name="gpus", type="list"),
            LaunchField(name="replicas", type="integer", minimum=1, maximum=MAX_REPLICAS),
            LaunchField(name="precision", type="choice", choices=tuple(sizes.PRECISIONS)),
            LaunchField(name="trust_remote_code", type="boolean"),
        )

    def refuses(self, variant: Variant, options: LaunchOptions) -> Refusal | None:
        """Name the first thing that Transformers cannot do with these."""
        if self.name not in variant.engines:
            return Refusal(
                f"{variant.name} is not made for Transformers.",
                "engine_type",
                sentence="not_made_for",
                values={"name": variant.name, "engine": "Transformers"},
            )
        if variant.format not in FORMATS:
            return Refusal(
                f"Transformers runs {' and '.join(FORMATS)}, not {variant.format}.",
                "format",
                sentence="format_folder",
                values={"engine": "Transformers", "format": variant.format},
            )
        if not SAFE_NAME.fullmatch(variant.id):
            return Refusal(
                "A model's id is letters, digits and . _ : + - and starts with a letter or digit.",
                "model_id",
                sentence="model_id_letters",
            )
        if options.n_gpu is not None and options.n_gpu > 1:
            return Refusal(
                "Transformers keeps the keys and values of a model on one GPU: set n_gpu to 1 and use "
                "replicas, or run the model on vLLM.",
                "n_gpu",
                sentence="transformers_one_gpu",
            )
        return refused_option(self.fields(variant), options, "Transformers")

    def footprint(self, variant: Variant, weights: Path | None) -> Footprint:
        """Read it from the folder, for the precision that a launch gets by itself."""
        if weights is None:
            return self._estimate(variant)
        try:
            facts = read_folder(weights)
        except (BadFolder, OSError) as error:
            raise LaunchFailed(
                f"The folder of {variant.name} cannot be used: {error}",
                remedy=broken_weights_remedy(variant),
                detail=str(weights),
                sentence="weights_unusable",
                values={"name": variant.name, "said": str(error)},
            ) from error
        if facts.quantized:
            raise LaunchFailed(
                f"{variant.name} is quantized ({facts.quantized}), which Transformers cannot run here.",
                remedy="Run it on vLLM, or use the weights that are not quantized.",
                detail=str(weights),
                sentence="weights_quantized",
                values={"name": variant.name, "form": str(facts.quantized)},
            )
        return _measure(facts, variant.kind, self._usual_precision(), self._batch_tokens())

    def settled(
        self, variant: Variant, options: LaunchOptions, hardware: Hardware, footprint: Footprint
    ) -> LaunchOptions:
        """Decide the device, precision, context and slots; first slots and then context shrink."""
        chosen = self._gpu(options, hardware, footprint)
        wanted = min(variant.context_length, footprint.context_limit, DEFAULT_CONTEXT)
        context = options.context_length or wanted
        slots = options.slots or (GPU_SLOTS if chosen else SLOTS)
        room = _room(chosen, footprint) if chosen else hardware.memory_available
        if variant.kind is ModelKind.CHAT:
            context, slots = shrunk(footprint, options, context, slots, room)
        gpus = (chosen.index,) if chosen else None
        return msgspec.structs.replace(
            options,
            engine=self.name,
            context_length=context,
            slots=slots,
            threads=options.threads or max(1, hardware.physical_cores - 1),
            n_gpu=1 if chosen else 0,
            gpus=options.gpus if options.gpus is not None and options.replicas > 1 else gpus,
            precision=options.precision or self._precision_on(chosen),
        )

    def plan(self, variant: Variant, options: LaunchOptions, hardware: Hardware, weights: Path) -> LaunchPlan:
        """Return the worker's command line."""
        on_gpu = bool(options.n_gpu)
        argv: tuple[str, ...] = (
            "--device",
            "cuda" if on_gpu else self._without_gpu(),
            "--precision",
            str(options.precision),
            "--batch-tokens",
            str(sizes.GPU_BATCH_TOKENS if on_gpu else sizes.BATCH_TOKENS),
        )
        if options.trust_remote_code:
            argv += ("--trust-remote-code",)
        env = {
            "CUDA_VISIBLE_DEVICES": ",".join(map(str, options.gpus or ())) if on_gpu else "",
            "HF_HUB_OFFLINE": "1",  # nothing is fetched by an engine
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "TOKENIZERS_PARALLELISM": "false",
            "OMP_NUM_THREADS": str(options.threads),
            **(GPU_ENVIRONMENT if on_gpu else {}),
        }
        module = "stellarchat.engines.transformers.worker"
        return worker_plan(module, variant, options, weights, argv=argv, env=env, deadline=LOAD_DEADLINE)

    def _gpu(self, options: LaunchOptions, hardware: Hardware, footprint: Footprint) -> Gpu | None:
        """Return the GPU of one replica: the one with the most free memory of those it may have."""
        if options.n_gpu == 0 or self._device in ("cpu", "mps"):
            return None
        allowed = options.gpus
        if allowed is None and self._device.startswith("cuda:"):
            allowed = (int(self._device.removeprefix("cuda:")),)
        found = [gpu for gpu in hardware.gpus if allowed is None or gpu.index in allowed]
        if not found:
            return None
        best = max(found, key=lambda gpu: gpu.memory_free)
        asked = options.n_gpu or options.gpus is not None or self._device.startswith("cuda")
        least = footprint.needed(options.context_length or SMALLEST_CONTEXT, 1)
        return best if asked or least <= _room(best, footprint) else None

    def _precision_on(self, gpu: Gpu | None) -> str:
        if self._precision != "auto":
            return self._precision
        if gpu is not None:
            return "float16" if OLD_GPU.search(gpu.name) else "bfloat16"
        if self._without_gpu() == "mps":
            return "float16"
        return "bfloat16" if self._native_bf16() else "float32"

    def _usual_precision(self) -> str:
        """The precision where no GPU has been chosen yet: only how many bytes it has matters."""
        if self._precision != "auto":
            return self._precision
        return "bfloat16" if self._expects_gpu() else self._precision_on(None)

    def _batch_tokens(self) -> int:
        return sizes.GPU_BATCH_TOKENS if self._expects_gpu() else sizes.BATCH_TOKENS

    def _expects_gpu(self) -> bool:
        return self._device not in ("cpu", "mps") and gpu_present(self._root)

    def _native_bf16(self) -> bool:
        if self._bf16 is None:  # asked for every model of a list, and never another
            self._bf16 = _computes_bf16(self._root)
        return self._bf16

    def _without_gpu(self) -> str:
        apple = platform.system() == "Darwin" and platform.machine() == "arm64"
        return "mps" if self._device == "mps" or (apple and self._device == "auto") else "cpu"

    def _estimate(self, variant: Variant) -> Footprint:
        """Guess from the number of weights, for a model that is not here yet."""
        precision = self._usual_precision()
        size = sizes.PRECISIONS[precision]
        width = 4 if variant.quantization in ("f32", "float32") else 2
        parameters = variant.parameters or (variant.artefact.size_bytes or 0) // width
        # keys and values of models of these sizes, in numbers per token
        cached = 24_576 if parameters < 1e9 else 40_960 if parameters < 5e9 else 65_536
        chat = variant.kind is ModelKind.CHAT
        return Footprint(
            weights_bytes=parameters * size,
            kv_bytes_per_token=(cached + self._batch_tokens()) * size if chat else 0,
            overhead_bytes=sizes.PROCESS_BYTES + 256 * sizes.MIB,
            context_limit=variant.context_length,
            gpu_overhead_bytes=sizes.GPU_CONTEXT_BYTES + 256 * sizes.MIB,
            gpu_host_bytes=sizes.GPU_PROCESS_BYTES,
        )


def _room(gpu: Gpu, footprint: Footprint) -> int:
    """Return the bytes of a GPU for weights, contexts and what a footprint counts as its overhead."""
    return gpu.memory_free - footprint.gpu_overhead_bytes + footprint.overhead_bytes


def _measure(facts: Facts, kind: ModelKind, precision: str, batch_tokens: int) -> Footprint:
    chat = kind is ModelKind.CHAT
    tokens = batch_tokens if chat else sizes.POOLED_TOKENS
    one_pass = sizes.pass_bytes(facts, precision, tokens, GPU_SLOTS if chat else 0)
    return Footprint(
        weights_bytes=facts.parameters * sizes.PRECISIONS[precision],
        kv_bytes_per_token=sizes.kv_bytes_per_token(facts, precision, batch_tokens) if chat else 0,
        overhead_bytes=sizes.PROCESS_BYTES + one_pass,
        gpu_overhead_bytes=sizes.GPU_CONTEXT_BYTES + one_pass,
        gpu_host_bytes=sizes.GPU_PROCESS_BYTES,
        context_limit=facts.context,
        exact=True,
    )


def _computes_bf16(root: Path) -> bool:
    try:
        text = (root / "proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return any(flag in text for flag in BF16_FLAGS)
