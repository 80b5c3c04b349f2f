"""How workers of our own are launched: the same first words, whichever library is in them."""

import sys
from pathlib import Path

from stellarchat.core.launch import LaunchOptions, LaunchPlan, Readiness
from stellarchat.core.models import ModelKind, Variant


def worker_plan(
    module: str,
    variant: Variant,
    options: LaunchOptions,
    weights: Path,
    *,
    argv: tuple[str, ...],
    env: dict[str, str],
    deadline: float,
) -> LaunchPlan:
    """Return how to run `module` as the worker of a model; `argv` and `env` are its library's own.

    `deadline` is how many seconds it may take to load.
    """
    where = str(weights.absolute())
    known = {
        "--model": where,
        "--port": "{port}",
        "--context": str(options.context_length),
        "--slots": str(options.slots),
        "--threads": str(options.threads),
        "--alias": variant.id,
    }
    if variant.kind is not ModelKind.CHAT:
        known["--kind"] = variant.kind.value
    return LaunchPlan(
        name=variant.id,
        argv=(sys.executable, "-m", module, *(word for pair in known.items() for word in pair), *argv),
        env={"STELLAR_ENGINE_KEY": "{key}", **env},
        readiness=Readiness(path="/health", deadline=deadline, loading_status=503),
        weights=(where,),
        weights_bytes=variant.artefact.size_bytes,
    )
