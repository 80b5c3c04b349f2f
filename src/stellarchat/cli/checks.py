"""`stellarchat check`: tries every usable engine with a real generation."""

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

import typer

from stellarchat.cli import common
from stellarchat.core.errors import StellarChatError
from stellarchat.core.launch import LaunchOptions

PROMPT = "Hello"
TOKENS = 16


def check(config: common.ConfigFile = None, as_json: common.AsJson = False) -> None:
    """Start each usable engine with the model that comes along and let it write a few words."""
    settings = common.load(config).settings
    # chats, notes and records of a check belong to nobody: they go to a folder of its own
    with tempfile.TemporaryDirectory(prefix="stellarchat-check-") as folder, common.failing():
        scratch = settings.model_copy(
            update={"data_dir": Path(folder), "database_url": None, "models_dir": settings.weights_dir}
        )
        results = asyncio.run(_check_all(scratch))
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


async def _check_all(settings: Any) -> list[dict[str, Any]]:
    # imported here: help and completion do without the server's modules
    from stellarchat.app import House

    house = House(settings)
    try:
        await house.open()
        return [await _check(house, name) for name in house.engines]
    finally:
        await house.close()


async def _check(house: Any, name: str) -> dict[str, Any]:
    result: dict[str, Any] = {"engine": name, "model": None, "seconds": None, "answer": None, "reason": None}
    probe = house.engines[name].probe()
    if not probe.usable:
        return {**result, "result": "not usable", "reason": probe.reason}
    variant = next(
        (
            one
            for one in house.catalog.variants()
            if name in one.engines and one.kind == "chat" and house.catalog.local_path(one) is not None
        ),
        None,
    )
    if variant is None:
        return {**result, "result": "not tried", "reason": "No model for it is on this machine."}
    began = time.monotonic()
    try:
        await house.instances.start(variant.id, LaunchOptions(engine=name))
        answer = await _ask(house, variant.id)
    except StellarChatError as error:
        reason = " ".join(part for part in (error.message, error.detail) if part)
        return {**result, "result": "failed", "model": variant.id, "reason": reason}
    seconds = round(time.monotonic() - began, 2)
    return {**result, "result": "ok", "model": variant.id, "seconds": seconds, "answer": answer}


async def _ask(house: Any, model: str) -> str:
    from stellarchat.services.titles import through

    messages = [{"role": "user", "content": PROMPT}]
    answer: str = await through(house.generations)(model, messages, TOKENS)
    return answer.strip()
