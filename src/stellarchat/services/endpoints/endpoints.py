"""Remote servers with an OpenAI-compatible API, and finding out which models they have."""

import asyncio
import logging
from collections.abc import Callable, Iterable

import msgspec

from stellarchat.core.errors import StellarChatError
from stellarchat.core.launch import Address
from stellarchat.engines._openai_http.upstream import Dial
from stellarchat.engines.openai.engine import OpenAIEndpoint, list_models
from stellarchat.services.answers.gateway import Gateway
from stellarchat.services.background import cancel
from stellarchat.services.instances.targets import Target

log = logging.getLogger(__name__)

FIRST_RETRY = 2.0
LAST_RETRY = 300.0
"""Seconds between two questions to an endpoint that does not answer, at first and in the end."""
MOST_MODELS = 2000
"""Models of one endpoint that are offered."""


class Remote(msgspec.Struct, frozen=True, kw_only=True):
    """One remote server. `base_url` ends before `/chat/completions`; without `models` it is asked.

    `dial` opens its sockets where a person named the address, and then no model of it hides one of ours.
    """

    name: str
    base_url: str
    api_key: str | None = None
    models: tuple[str, ...] = ()
    dial: Dial | None = None


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
            dial=remote.dial,
        )
        for model in models
    ]


class Endpoints:
    """Makes the gateway know the models of all remote servers. `ours` tells the names of local models."""

    def __init__(
        self, gateway: Gateway, remotes: Iterable[Remote], ours: Callable[[str], bool] = lambda name: False
    ) -> None:
        self._gateway, self._ours = gateway, ours
        self._silent = []
        self._tasks: dict[str, asyncio.Task[None]] = {}  # by the endpoint's name
        for remote in remotes:
            if remote.models:
                self._add(remote, remote.models)
            else:
                self._silent.append(remote)

    def open(self) -> None:
        """Begin to ask those whose models are not known."""
        for remote in self._silent:
            self.offer(remote)

    async def close(self) -> None:
        """Ask no more."""
        await cancel(self._tasks.values())

    def offer(self, remote: Remote) -> None:
        """Offer the models of one more; where they are not named, as soon as it tells them."""
        if remote.models:
            self._add(remote, remote.models)
        else:
            self._tasks[remote.name] = asyncio.create_task(self._ask(remote))

    def withdraw(self, name: str) -> None:
        """Offer the models of an endpoint no more, and close its connections."""
        task = self._tasks.pop(name, None)
        if task is not None:
            task.cancel()
        for model in self.served(name):
            del self._gateway.endpoints[model]
        self._gateway.forget(name)

    def served(self, name: str) -> list[str]:
        """Return the models that an endpoint serves now."""
        return [model for model, target in self._gateway.endpoints.items() if target.instance == name]

    async def told(self, name: str, seconds: float) -> None:
        """Wait until an endpoint that is being asked has told its models, for a while."""
        task = self._tasks.get(name)
        if task is not None:
            await asyncio.wait([task], timeout=seconds)

    def owner(self, model: str) -> str | None:
        """Return the endpoint that serves a model."""
        target = self._gateway.endpoints.get(model)
        return target.instance if target else None

    async def _ask(self, remote: Remote) -> None:
        wait = FIRST_RETRY
        while True:
            try:
                self._add(remote, await list_models(remote.base_url, remote.api_key, dial=remote.dial))
                return
            except StellarChatError as error:
                log.warning("endpoint %s: %s Trying again in %.0f s.", remote.name, error.message, wait)
            await asyncio.sleep(wait)
            wait = min(wait * 2, LAST_RETRY)

    def _add(self, remote: Remote, models: Iterable[str]) -> None:
        for target in targets(remote, models)[:MOST_MODELS]:
            if remote.dial is not None and self._ours(target.model):
                log.warning("%s of %s is not offered: a model here has this name", target.model, remote.name)
                continue
            known = self._gateway.endpoints.setdefault(target.model, target)
            if known is not target:
                log.warning("%s is served by %s and by %s", target.model, known.instance, remote.name)
