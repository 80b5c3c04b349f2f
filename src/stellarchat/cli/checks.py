"""`stellarchat check`: tries every usable engine with a real generation."""

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from stellarchat.cli import common
from stellarchat.core.accounts import LOCAL_USER
from stellarchat.core.errors import StellarChatError
from stellarchat.core.launch import LaunchOptions

PROMPT = "Hello"
TOKENS = 16
DEMO = Path(__file__).parents[3] / "tests" / "fixtures" / "demo_model"
"""The demonstration model as safetensors, where this is a checkout of the repository."""


def check(
    config: common.ConfigFile = None,
    folder: Annotated[
        Path | None,
        typer.Option(help="Folder with safetensors for engines that have no other model here."),
    ] = None,
    as_json: common.AsJson = False,
) -> None:
    """Start each usable engine with a model that is here and let it write a few words.

    The smallest model that is on the disk, or that the engine's own server has, is taken; for an engine
    that reads safetensors and has none, the one in --folder, or the demonstration model of a checkout.
    """
    settings = common.load(config).settings
    if folder is not None and not folder.is_dir():
        common.fail(f"There is no folder {folder}.", common.WRONG_USE)
    spare = (folder or DEMO).absolute() if folder or DEMO.is_dir() else None
    # chats, notes and records of a check belong to nobody: they go to a folder of its own
    with tempfile.TemporaryDirectory(prefix="stellarchat-check-") as scratch_dir, common.failing():
        scratch = settings.model_copy(
            update={"data_dir": Path(scratch_dir), "database_url": None, "models_dir": settings.weights_dir}
        )
        results = asyncio.run(_check_all(scratch, spare))
    if as_json:
        common.show(results)
    else:
        common.table(
            ("ENGINE", "RESULT", "MODEL", "SECONDS", "ANSWER"),
            [
                (one["engine"], one["result"], one["model"], one["seconds"], one["answer"] or one["reason"])
                for one in results
            ],
        )
    if any(one["result"] == "failed" for one in results) or not any(one["result"] == "ok" for one in results):
        raise typer.Exit(common.FAILED)


async def _check_all(settings: Any, spare: Path | None) -> list[dict[str, Any]]:
    # imported here: help and completion do without the server's modules
    from stellarchat.app.house import House

    house = House(settings)
    try:
        await house.open()
        await house.instances.watches.look()  # what Ollama and attached servers have
        return [await _check(house, name, spare) for name in house.engines]
    finally:
        await house.close()


async def _check(house: Any, name: str, spare: Path | None) -> dict[str, Any]:
    result: dict[str, Any] = {"engine": name, "model": None, "seconds": None, "answer": None, "reason": None}
    probe = house.engines[name].probe()
    if not probe.usable:
        return {**result, "result": "not usable", "reason": probe.reason}
    began = time.monotonic()
    try:
        variant = _here(house, name) or await _spare(house, name, spare)
        if variant is None:
            return {**result, "result": "not tried", "reason": "No model for it is on this machine."}
        result["model"] = variant.id
        began = time.monotonic()
        instance = await house.instances.start(variant.id, LaunchOptions(engine=name))
        answer = await _ask(house, variant.id)
        if not instance.attached:  # the next engine may need the memory
            await house.instances.stop(instance.run_id)
    except StellarChatError as error:
        reason = " ".join(part for part in (error.message, error.detail) if part)
        return {**result, "result": "failed", "reason": reason}
    seconds = round(time.monotonic() - began, 2)
    return {**result, "result": "ok", "seconds": seconds, "answer": answer}


def _here(house: Any, name: str) -> Any:
    """Return the smallest chat model that an engine can use now; None where there is none."""
    found = [
        one
        for one in house.catalog.variants()
        if name in one.engines
        and one.kind == "chat"
        and (house.catalog.local_path(one) is not None or house.daemons.has(one))
    ]
    return min(found, key=lambda one: _bytes(house, one), default=None)


def _bytes(house: Any, variant: Any) -> float:
    known = house.catalog.size_on_disk(variant) or variant.artefact.size_bytes
    return float("inf") if known is None else float(known)


async def _spare(house: Any, name: str, folder: Path | None) -> Any:
    """Offer the spare folder's model, and return it where the engine reads such."""
    if folder is None:
        return None
    entry = await house.library.add({"id": "check-spare", "path": str(folder)})
    variant = next((one for one in entry.variants if name in one.engines), None)
    if variant is None:
        await house.library.take_out(entry.id)
    return variant


async def _ask(house: Any, model: str) -> str:
    from stellarchat.services.answers.asking import through

    messages = [{"role": "user", "content": PROMPT}]
    answer: str = await through(house.generations, house.models.remote)(LOCAL_USER, model, messages, TOKENS)
    return answer.strip()
