"""What an engine has to say about itself. All of it is pure or only reads; nothing here spawns."""

from pathlib import Path
from typing import Protocol

import msgspec

from stellarchat.core.launch import LaunchOptions, LaunchPlan
from stellarchat.core.models import Variant
from stellarchat.engines._openai_http.dialect import Dialect


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an engine can be used here; where not, why, and what to do about it."""

    usable: bool
    version: str | None = None
    reason: str | None = None
    remedy: str | None = None


class Refusal(msgspec.Struct, frozen=True):
    """Why an engine will not run something; `param` is the option it is about."""

    reason: str
    param: str


class Hardware(Protocol):
    """What an engine may know of the machine when it decides its options; bytes where not counts."""

    @property
    def physical_cores(self) -> int:
        """Processor cores, hyper-threads not counted."""

    @property
    def memory_available(self) -> int:
        """Bytes of memory a new process can have without others being swapped out."""


class Footprint(msgspec.Struct, frozen=True, kw_only=True):
    """What a variant takes of memory: bytes, and tokens for `context_limit`.

    `weights_bytes` once, `kv_bytes_per_token` for every token of every slot's context,
    `overhead_bytes` for the process and its compute buffers. `exact` tells that the numbers were read
    from the weights and not estimated from the catalogue.
    """

    weights_bytes: int
    kv_bytes_per_token: int
    overhead_bytes: int
    context_limit: int
    exact: bool = False

    def needed(self, context_length: int, slots: int) -> int:
        """Bytes needed to run with `slots` contexts of `context_length` tokens each."""
        return self.weights_bytes + self.overhead_bytes + self.kv_bytes_per_token * context_length * slots


class Engine(Protocol):
    """One engine. To add one, write a class and name it in the entry point group `stellarchat.engines`."""

    @property
    def name(self) -> str:
        """The word users write, as `llamacpp`."""

    @property
    def dialect(self) -> Dialect:
        """How requests to it differ from ours."""

    @property
    def launches(self) -> bool:
        """Whether this program starts it; False for a server that is only spoken to."""

    def probe(self) -> Probe:
        """Look whether it can be used here, without importing anything heavy."""

    def refuses(self, variant: Variant, options: LaunchOptions) -> Refusal | None:
        """Say why it can't run `variant` with `options`, or None if it can."""

    def footprint(self, variant: Variant, weights: Path | None) -> Footprint:
        """Measure the weights, or estimate from the catalogue where there are none yet. Reads the disk.

        Raises LaunchFailed where the file is not what it should be.
        """

    def settled(
        self, variant: Variant, options: LaunchOptions, hardware: Hardware, footprint: Footprint
    ) -> LaunchOptions:
        """Return `options` with every None decided for this machine. Pure."""

    def plan(self, variant: Variant, options: LaunchOptions, hardware: Hardware, weights: Path) -> LaunchPlan:
        """Return how to launch it. `options` are settled. Pure."""
