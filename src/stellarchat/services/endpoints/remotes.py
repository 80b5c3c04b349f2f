"""The endpoints there are: those of the settings, and those that a person added while the server runs.

Whoever adds one could mean a place of ours, so its address is held to the rules of `outside` when it is
named and again at every connection. Its key is stored sealed, shown to nobody, and sent to the origin that
it was given for and to no other. Those of the settings are an administrator's: shown, and changed there.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from stellarchat.core.addresses import AddressRefused
from stellarchat.core.errors import BadRequest, Conflict, NotFound, StellarChatError
from stellarchat.core.ids import new_id
from stellarchat.core.records import Endpoint
from stellarchat.services.endpoints.endpoints import Endpoints, Remote
from stellarchat.services.endpoints.reaching import TELL_SECONDS, Reach, Tested, asked
from stellarchat.store.database import Store

log = logging.getLogger(__name__)

MOST = 100
"""Endpoints that can be added."""
_CHANGEABLE = frozenset({"name", "base_url", "api_key", "models", "enabled"})


class Preset(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint of the settings, usable or not."""

    name: str
    base_url: str | None = None
    api_key: str | None = None
    models: tuple[str, ...] = ()
    enabled: bool = True

    def remote(self) -> Remote | None:
        """Return it as it is offered; None where it is not."""
        if not self.enabled or not self.base_url:
            return None
        return Remote(name=self.name, base_url=self.base_url, api_key=self.api_key, models=self.models)


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint as it may be shown. `models` are those named, `served` those it is asked for now."""

    id: str
    name: str
    base_url: str
    models: tuple[str, ...]
    enabled: bool
    has_key: bool
    source: Literal["config", "user"]
    served: tuple[str, ...]


class Remotes:
    """Adds, changes, removes and tries endpoints. `ours` tells whether a local model has a name."""

    def __init__(
        self,
        store: Store,
        endpoints: Endpoints,
        reach: Reach,
        presets: Iterable[Preset],
        ours: Callable[[str], bool],
    ) -> None:
        self._store, self._endpoints, self._reach, self._ours = store, endpoints, reach, ours
        self._presets = {f"config-{place}": preset for place, preset in enumerate(presets, 1)}
        self._added: dict[str, Endpoint] = {}
        self._turn = asyncio.Lock()  # what one change checked must hold until it is made

    async def open(self) -> None:
        """Offer those that were added before."""
        async with self._store.read() as tx:
            stored = await tx.endpoints.list()
        for endpoint in stored:
            self._added[endpoint.id] = endpoint
            self._offer(endpoint)

    def list(self) -> list[Known]:
        """Return all, those of the settings first."""
        return [
            *(self._preset(key, preset) for key, preset in self._presets.items()),
            *(self._shown(endpoint) for endpoint in self._added.values()),
        ]

    async def add(self, fields: Mapping[str, Any]) -> Known:
        """Add one: `name`, `base_url`, and if wanted `api_key`, `models`, `enabled`.

        Raises BadRequest or AddressRefused naming the field, Conflict where a name is taken.
        """
        async with self._turn:
            if len(self._added) >= MOST:
                raise Conflict(
                    f"There are {MOST} endpoints already.",
                    remedy="Remove one.",
                    sentence="endpoints_many",
                    values={"limit": MOST},
                )
            now = datetime.now(UTC)
            new = Endpoint(id=new_id(), name="", base_url="", created_at=now, updated_at=now)
            return await self._save(new, fields)

    async def change(self, endpoint_id: str, fields: Mapping[str, Any]) -> Known:
        """Change the given fields; an empty `api_key` forgets the key. Raises as `add`, and NotFound."""
        async with self._turn:
            old = self._own(endpoint_id)
            return await self._save(msgspec.structs.replace(old, updated_at=datetime.now(UTC)), fields)

    async def remove(self, endpoint_id: str) -> None:
        """Remove one; its connections are closed. Raises NotFound, Conflict."""
        async with self._turn:
            endpoint = self._own(endpoint_id)
            async with self._store.transaction() as tx:
                await tx.endpoints.delete(endpoint_id)
            del self._added[endpoint_id]
            self._withdraw(endpoint)

    async def test(self, base_url: str, api_key: str | None) -> Tested:
        """Ask an address for its models. Raises AddressRefused."""
        return await self._reach.test(base_url, api_key)

    async def test_known(self, endpoint_id: str) -> Tested:
        """Ask an endpoint of the list for its models. Raises NotFound, AddressRefused, BadRequest."""
        preset = self._presets.get(endpoint_id)
        if preset is None:
            endpoint = self._own(endpoint_id)
            return await self.test(endpoint.base_url, self._key(endpoint))
        if not preset.base_url:
            raise BadRequest(
                f"The endpoint {preset.name} has no address.",
                param="id",
                remedy="Set its base_url under `endpoints` in the configuration.",
                sentence="endpoint_no_address",
                values={"name": preset.name},
            )
        return await asked(preset.base_url, preset.api_key, None)

    async def _save(self, endpoint: Endpoint, fields: Mapping[str, Any]) -> Known:
        """Check and store an endpoint with changed fields, and offer it as it is now."""
        assert fields.keys() <= _CHANGEABLE
        before = self._added.get(endpoint.id)
        if "name" in fields:
            endpoint.name = self._free_name(fields["name"], endpoint.id)
        if "models" in fields:
            endpoint.models = list(dict.fromkeys(fields["models"]))
        if "enabled" in fields:
            endpoint.enabled = fields["enabled"]
        if "base_url" in fields:
            endpoint.base_url = fields["base_url"].rstrip("/")
            await self._reach.admitted(endpoint.base_url)
        self._reach.seal(endpoint, fields.get("api_key"), before)
        if endpoint.enabled:
            self._free_models(endpoint, before)
        async with self._store.transaction() as tx:
            await tx.endpoints.save(endpoint)
        self._added[endpoint.id] = endpoint
        if before is not None:
            self._withdraw(before)
        self._offer(endpoint)
        await self._endpoints.told(endpoint.name, TELL_SECONDS)
        return self._shown(endpoint)

    def _offer(self, endpoint: Endpoint) -> None:
        if not endpoint.enabled:
            return
        if self._is_preset(endpoint.name):
            log.warning("endpoint %s is not offered: one of the settings has this name", endpoint.name)
            return
        try:
            dial = self._reach.dial(endpoint.base_url)
        except AddressRefused as error:  # the rules may be stricter than when it was added
            log.warning("endpoint %s is not offered: %s", endpoint.name, error.message)
            return
        self._endpoints.offer(
            Remote(
                name=endpoint.name,
                base_url=endpoint.base_url,
                api_key=self._key(endpoint),
                models=tuple(endpoint.models),
                dial=dial,
            )
        )

    def _withdraw(self, endpoint: Endpoint) -> None:
        if not self._is_preset(endpoint.name):
            self._endpoints.withdraw(endpoint.name)

    def _is_preset(self, name: str) -> bool:
        return any(preset.name == name for preset in self._presets.values())

    def _free_name(self, name: str, endpoint_id: str) -> str:
        others = {other.name for key, other in self._added.items() if key != endpoint_id}
        if name in others or self._is_preset(name):
            raise Conflict(
                f"There is an endpoint {name!r}.",
                param="name",
                remedy="Choose another name.",
                sentence="endpoint_taken",
                values={"name": name},
            )
        return name

    def _free_models(self, endpoint: Endpoint, before: Endpoint | None) -> None:
        """Raise Conflict where a named model is served by another endpoint, or is one of ours."""
        for model in endpoint.models:
            owner = self._endpoints.owner(model)
            if owner is not None and (before is None or owner != before.name):
                raise Conflict(
                    f"The endpoint {owner} serves {model!r} already.",
                    param="models",
                    remedy="Leave the model out, or turn the other endpoint off.",
                    sentence="endpoint_serves",
                    values={"name": owner, "model": model},
                )
            if self._ours(model):
                raise Conflict(
                    f"A model here is called {model!r}.",
                    param="models",
                    remedy="Leave the model out.",
                    sentence="endpoint_model",
                    values={"model": model},
                )

    def _own(self, endpoint_id: str) -> Endpoint:
        if endpoint_id in self._presets:
            raise Conflict(
                f"The endpoint {self._presets[endpoint_id].name} is of the configuration.",
                remedy="Change it under `endpoints` there, and start the server again.",
                sentence="endpoint_preset",
                values={"name": self._presets[endpoint_id].name},
            )
        endpoint = self._added.get(endpoint_id)
        if endpoint is None:
            raise NotFound(
                "There is no such endpoint.",
                param="endpoint_id",
                detail=endpoint_id,
                sentence="endpoint_none",
            )
        return endpoint

    def _key(self, endpoint: Endpoint) -> str | None:
        try:
            return self._reach.key(endpoint)
        except StellarChatError as error:
            log.warning("the key of the endpoint %s cannot be used: %s", endpoint.name, error.message)
            return None

    def _shown(self, endpoint: Endpoint) -> Known:
        return Known(
            id=endpoint.id,
            name=endpoint.name,
            base_url=endpoint.base_url,
            models=tuple(endpoint.models),
            enabled=endpoint.enabled,
            has_key=endpoint.encrypted_key is not None,
            source="user",
            served=tuple(self._endpoints.served(endpoint.name)),
        )

    def _preset(self, key: str, preset: Preset) -> Known:
        return Known(
            id=key,
            name=preset.name,
            base_url=preset.base_url or "",
            models=preset.models,
            enabled=preset.enabled,
            has_key=bool(preset.api_key),
            source="config",
            served=tuple(self._endpoints.served(preset.name)),
        )
