"""Remote servers with an OpenAI-compatible API, and finding out which models they have."""

import asyncio
import logging
from collections.abc import Iterable

import msgspec

from stellarchat.core.errors import StellarChatError
from stellarchat.core.launch import Address
from stellarchat.engines.openai.engine import OpenAIEndpoint, list_models
from stellarchat.services.gateway import Gateway
from stellarchat.services.targets import Target

log = logging.getLogger(__name__)

FIRST_RETRY = 2.0
LAST_RETRY = 300.0
"""Seconds between two questions to an endpoint that does not answer, at first and in the end."""


class Remote(msgspec.Struct, frozen=True, kw_only=True):
    """One remote server. `base_url` ends before `/chat/completions`; without `models` it is asked."""

    name: str
    base_url: str
    api_key: str | None = None
    models: tuple[str, ...] = ()


def targets(remote: Remote, models: Iterable[str]) -> list[Target]:
    """Return where requests for the models of `remote` go."""
    address = Address(remote.base_url.rstrip("/"), remote.api_key)
    return [
        Target(
            model=model,
            upstream_model=model,
            engine=OpenAIEndpoint.name,
            dialect=OpenAIEndpoint.dialect,
            address=address,
            instance=remote.name,
            prefix="",
        )
        for model in models
    ]


class Endpoints:
    """Makes the gateway know the models of all remote servers."""

    def __init__(self, gateway: Gateway, remotes: Iterable[Remote]) -> None:
        self._gateway = gateway
        self._silent = []
        self._tasks: list[asyncio.Task[None]] = []
        for remote in remotes:
            if remote.models:
                self._add(remote, remote.models)
            else:
                self._silent.append(remote)

    def open(self) -> None:
        """Begin to ask those whose models are not known."""
        self._tasks = [asyncio.create_task(self._ask(remote)) for remote in self._silent]

    async def close(self) -> None:
        """Ask no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _ask(self, remote: Remote) -> None:
        wait = FIRST_RETRY
        while True:
            try:
                self._add(remote, await list_models(remote.base_url, remote.api_key))
                return
            except StellarChatError as error:
                log.warning("endpoint %s: %s Trying again in %.0f s.", remote.name, error.message, wait)
            await asyncio.sleep(wait)
            wait = min(wait * 2, LAST_RETRY)

    def _add(self, remote: Remote, models: Iterable[str]) -> None:
        for target in targets(remote, models):
            known = self._gateway.endpoints.setdefault(target.model, target)
            if known is not target:
                log.warning("%s is served by %s and by %s", target.model, known.instance, remote.name)
