"""The endpoints there are: those of the settings, and those that a person added while the server runs.

Whoever adds one could mean a place of ours, so its address is held to the rules of `outside` when it is
named and again at every connection. Its key is stored sealed, shown to nobody, and sent to the origin that
it was given for and to no other. Those of the settings are an administrator's: shown, and changed there.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal

import msgspec

from stellarchat.core.addresses import AddressRefused, WebAddress, parse
from stellarchat.core.errors import BadRequest, Conflict, ErrorInfo, NotFound, StellarChatError
from stellarchat.core.ids import new_id
from stellarchat.core.records import Endpoint
from stellarchat.engines._openai_http.upstream import Dial
from stellarchat.engines.openai.engine import list_models
from stellarchat.services.endpoints import Endpoints, Remote
from stellarchat.services.outside import Outside
from stellarchat.services.seals import Seals
from stellarchat.store.database import Store

log = logging.getLogger(__name__)

MOST = 100
"""Endpoints that can be added."""
TELL_SECONDS = 5.0
"""How long adding one waits for its models, where they are not named."""
TEST_SECONDS = 20.0
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


class Tested(msgspec.Struct, frozen=True, kw_only=True):
    """What a question to an endpoint came to."""

    reachable: bool
    models: tuple[str, ...] = ()
    took_ms: float | None = None
    error: ErrorInfo | None = None


class Remotes:
    """Adds, changes, removes and tries endpoints. `ours` tells whether a local model has a name."""

    def __init__(
        self,
        store: Store,
        endpoints: Endpoints,
        outside: Outside,
        seals: Seals,
        presets: Iterable[Preset],
        ours: Callable[[str], bool],
    ) -> None:
        self._store, self._endpoints, self._outside = store, endpoints, outside
        self._seals, self._ours = seals, ours
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
                raise Conflict(f"There are {MOST} endpoints already.", remedy="Remove one.")
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
        address = self._address(base_url)
        with contextlib.suppress(_NotNow):  # it is told below
            await self._admitted(address)
        return await _asked(base_url, api_key, partial(self._outside.connect, address))

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
            )
        return await _asked(preset.base_url, preset.api_key, None)

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
            with contextlib.suppress(_NotNow):  # a server that is down today may be added
                await self._admitted(self._address(endpoint.base_url))
        self._seal(endpoint, fields.get("api_key"), before)
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

    def _seal(self, endpoint: Endpoint, key: str | None, before: Endpoint | None) -> None:
        if key:
            endpoint.encrypted_key = self._seals.seal(key, _purpose(endpoint))
        elif key is not None:
            endpoint.encrypted_key = None
        elif endpoint.encrypted_key and before and _purpose(before) != _purpose(endpoint):
            raise BadRequest(
                "The stored key was given for another server and is not sent to this one.",
                param="api_key",
                remedy="Enter the key of the new address, or an empty one for none.",
            )

    def _offer(self, endpoint: Endpoint) -> None:
        if not endpoint.enabled:
            return
        if self._is_preset(endpoint.name):
            log.warning("endpoint %s is not offered: one of the settings has this name", endpoint.name)
            return
        try:
            dial = partial(self._outside.connect, self._address(endpoint.base_url))
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

    def _address(self, base_url: str) -> WebAddress:
        try:
            address = self._outside.checked(base_url)
        except AddressRefused as error:
            raise AddressRefused(error.message, remedy=error.remedy, param="base_url") from None
        if "?" in base_url or "#" in base_url:
            raise AddressRefused(
                "A base URL has no `?` and no `#`.", remedy="End it in /v1, as a rule.", param="base_url"
            )
        return address

    async def _admitted(self, address: WebAddress) -> None:
        """Raise AddressRefused where the host is one of ours, _NotNow where nobody knows it now."""
        try:
            async with asyncio.timeout(TELL_SECONDS):
                await self._outside.resolved(address)
        except AddressRefused as error:
            raise AddressRefused(error.message, remedy=error.remedy, param="base_url") from None
        except (StellarChatError, TimeoutError):
            raise _NotNow from None

    def _free_name(self, name: str, endpoint_id: str) -> str:
        others = {other.name for key, other in self._added.items() if key != endpoint_id}
        if name in others or self._is_preset(name):
            raise Conflict(f"There is an endpoint {name!r}.", param="name", remedy="Choose another name.")
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
                )
            if self._ours(model):
                raise Conflict(
                    f"A model here is called {model!r}.", param="models", remedy="Leave the model out."
                )

    def _own(self, endpoint_id: str) -> Endpoint:
        if endpoint_id in self._presets:
            raise Conflict(
                f"The endpoint {self._presets[endpoint_id].name} is of the configuration.",
                remedy="Change it under `endpoints` there, and start the server again.",
            )
        endpoint = self._added.get(endpoint_id)
        if endpoint is None:
            raise NotFound("There is no such endpoint.", param="endpoint_id", detail=endpoint_id)
        return endpoint

    def _key(self, endpoint: Endpoint) -> str | None:
        if endpoint.encrypted_key is None:
            return None
        try:
            return self._seals.open(endpoint.encrypted_key, _purpose(endpoint))
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


class _NotNow(Exception):
    """The host's name cannot be resolved at this moment."""


def _purpose(endpoint: Endpoint) -> str:
    """Return what a key is for: this endpoint, at this origin."""
    address = parse(endpoint.base_url)
    return f"endpoint {endpoint.id} {address.scheme}://{address.place}"


async def _asked(base_url: str, api_key: str | None, dial: Dial | None) -> Tested:
    began = time.monotonic()
    try:
        async with asyncio.timeout(TEST_SECONDS):
            models = await list_models(base_url, api_key, dial=dial)
    except StellarChatError as error:
        return Tested(reachable=False, error=_without(api_key, error.info()))
    except TimeoutError:
        return Tested(
            reachable=False,
            error=ErrorInfo(
                code="engine_stalled",
                message=f"There was no answer within {TEST_SECONDS:.0f} s.",
                status=504,
                remedy="Check the address.",
            ),
        )
    took = round((time.monotonic() - began) * 1000, 1)
    return Tested(reachable=True, models=tuple(models), took_ms=took)


def _without(key: str | None, info: ErrorInfo) -> ErrorInfo:
    """Take the key out of what a server said of it."""
    if not key or not info.detail:
        return info
    return msgspec.structs.replace(info, detail=info.detail.replace(key, "…"))
