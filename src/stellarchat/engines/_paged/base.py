"""The part of an engine that vLLM and SGLang do in the same way."""

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from stellarchat.core.launch import LaunchField, LaunchOptions
from stellarchat.core.models import Capability, ModelKind, Variant
from stellarchat.engines._paged import placing
from stellarchat.engines._paged.installed import Finder, Installed
from stellarchat.engines._paged.shape import GIB, PagedFootprint, Shape, estimate, read_shape
from stellarchat.engines._paged.words import refused_word
from stellarchat.engines.base import Footprint, Hardware, Probe, Refusal, context_field, refused_option

MAX_SLOTS = 4096
MAX_GPUS = 64
MAX_REPLICAS = 16
MAX_THREADS = 512
PRECISIONS = ("float32", "float16", "bfloat16")
LOAD_DEADLINE = 1800.0  # seconds; compiling and capturing graphs come after the reading of the weights
CPU_OVERHEAD = 2 * GIB  # measured with vLLM 0.32: three processes, the cache and the weights not counted

# formats of a single file, or of other programs
FOREIGN_FORMATS = frozenset({"gguf", "ggufv2", "mlx", "onnx", "ollama"})

# an id is a word of argv: it must never look like an option or like anything but a name
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,127}")


class PagedEngine:
    """What an engine with weights in a folder and a paged cache does; see `Engine` for the methods.

    `title` is its name in prose, `taken` the flags that `extra_args` may not have, `cache_types` the forms
    of keys and values. What `footprint` has read of a variant's folder is remembered for `settled` and
    `plan`, which read nothing.
    """

    name: str
    title: str
    taken: Mapping[str, str | None]
    cache_types: tuple[str, ...]
    share: float

    def __init__(self, finder: Finder) -> None:
        self.finder = finder
        self._shapes: dict[str, Shape] = {}

    @property
    def launches(self) -> bool:
        """Whether it is started here."""
        raise NotImplementedError

    def on_cpu(self, installed: Installed | None) -> bool:
        """Whether what is installed computes on the processor."""
        return False

    def default_thinking_since(self) -> tuple[int, int, int]:
        """The first release that takes a default for thinking."""
        raise NotImplementedError

    def fields(self, variant: Variant) -> tuple[LaunchField, ...]:
        """Return the options it takes; none of a server that is only attached to."""
        if not self.launches:
            return ()
        installed = self.finder.find()
        fields = [
            context_field(variant),
            LaunchField(name="slots", type="integer", minimum=1, maximum=MAX_SLOTS),
            LaunchField(name="replicas", type="integer", minimum=1, maximum=MAX_REPLICAS),
            LaunchField(name="precision", type="choice", choices=PRECISIONS),
            LaunchField(name="trust_remote_code", type="boolean"),
            LaunchField(name="extra_args", type="list"),
        ]
        if self.on_cpu(installed):
            fields += [
                LaunchField(name="n_gpu", type="integer", minimum=0, maximum=0),
                LaunchField(name="threads", type="integer", minimum=1, maximum=MAX_THREADS),
            ]
        else:
            fields += [
                LaunchField(name="n_gpu", type="integer", minimum=1, maximum=MAX_GPUS),
                LaunchField(name="gpus", type="list"),
                LaunchField(name="gpu_memory_utilization", type="number", minimum=0.05, maximum=1),
                LaunchField(name="cache_type", type="choice", choices=self.cache_types),
            ]
        if variant.kind is ModelKind.CHAT:
            fields.append(LaunchField(name="lora", type="list"))
            thinks = Capability.THINKING in variant.capabilities
            if thinks and (installed is None or installed.release >= self.default_thinking_since()):
                fields.append(LaunchField(name="thinking", type="boolean"))
        return tuple(fields)

    def absent(self, reason: str, remedy: str, command: str, folder: Path | None = None) -> Probe:
        """Return that it is not installed: `command` would do that, into `folder` where a person set one."""
        return Probe(
            usable=False,
            reason=reason,
            remedy=remedy,
            sentence="engine_absent" if folder is None else "engine_absent_there",
            values={
                "engine": self.title,
                "command": command,
                "address": f"{self.name}.base_url",
                **({"setting": f"{self.name}.environment"} if folder is None else {"folder": str(folder)}),
            },
        )

    def refuses(self, variant: Variant, options: LaunchOptions) -> Refusal | None:
        """Name the first thing that it cannot do with these."""
        if self.name not in variant.engines:
            return Refusal(
                f"{variant.name} is not made for {self.title}.",
                "engine_type",
                sentence="not_made_for",
                values={"name": variant.name, "engine": self.title},
            )
        if self.launches and variant.format in FOREIGN_FORMATS:
            return Refusal(
                f"{self.title} runs a folder of weights as Hugging Face has it, not {variant.format}.",
                "format",
                sentence="format_folder",
                values={"engine": self.title, "format": str(variant.format)},
            )
        if not SAFE_NAME.fullmatch(variant.id):
            return Refusal(
                "A model's id is letters, digits and . _ + - and starts with a letter or digit.",
                "model_id",
                sentence="model_id_letters",
            )
        heads = self._shapes[variant.id].heads if variant.id in self._shapes else 0
        if heads and options.n_gpu and heads % options.n_gpu:
            fitting = ", ".join(str(count) for count in range(1, MAX_GPUS + 1) if heads % count == 0)
            return Refusal(
                f"{variant.name} has {heads} attention heads, which cannot be shared by {options.n_gpu} GPUs:"
                f" n_gpu can be {fitting}.",
                "n_gpu",
                sentence="gpus_heads",
                values={"name": variant.name, "heads": heads, "count": options.n_gpu, "fitting": fitting},
            )
        if options.lora is not None and len(options.lora) != 1:
            return Refusal(
                f"{self.title} applies one adapter to a reply: name one in lora.",
                "lora",
                sentence="lora_one",
                values={"engine": self.title},
            )
        if options.gpus is not None and len(options.gpus) < (options.n_gpu or 1) * options.replicas:
            return Refusal(
                f"gpus names {len(options.gpus)} of the {(options.n_gpu or 1) * options.replicas} GPUs that"
                " n_gpu and replicas ask for.",
                "gpus",
                sentence="gpus_few",
                values={"count": len(options.gpus), "wanted": (options.n_gpu or 1) * options.replicas},
            )
        words = refused_word(options.extra_args or (), self.taken, self.title)
        return words or refused_option(self.fields(variant), options, self.title)

    def footprint(self, variant: Variant, weights: Path | None) -> Footprint:
        """Read it from the folder; without one, estimate from the number of weights."""
        shape = estimate(variant) if weights is None else read_shape(variant, weights)
        self._shapes[variant.id] = shape
        overhead = CPU_OVERHEAD if self.on_cpu(self.finder.find()) else placing.GPU_OVERHEAD
        return PagedFootprint(
            weights_bytes=shape.weights_bytes,
            kv_bytes_per_token=shape.kv_bytes_per_token,
            overhead_bytes=overhead,
            context_limit=shape.context_limit,
            exact=weights is not None,
        )

    def settled(
        self, variant: Variant, options: LaunchOptions, hardware: Hardware, footprint: Footprint
    ) -> LaunchOptions:
        """Decide GPUs, share of their memory, context and slots; or those of a processor."""
        if not self.launches:
            return options
        options = msgspec.structs.replace(options, engine=self.name)
        if self.on_cpu(self.finder.find()):
            return placing.on_processor(variant, options, hardware, footprint)
        return placing.on_gpus(variant, options, hardware, footprint, self.shape(variant), self.share)

    def shape(self, variant: Variant) -> Shape:
        """Return what is known of a variant: read from its folder, or guessed."""
        return self._shapes.get(variant.id) or estimate(variant)
