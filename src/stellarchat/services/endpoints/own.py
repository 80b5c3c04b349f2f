"""A user's own endpoint: one server and one model, for the chats of that user and nobody else's.

It is looked up where a request names it, so that a change holds at once and in every process. What one
user calls `own/NAME` says nothing of what another one does: each reaches its own server or none.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from stellarchat.core.addresses import AddressRefused
from stellarchat.core.errors import BadRequest
from stellarchat.core.ids import new_id
from stellarchat.core.launch import Address
from stellarchat.core.models import OWN_PREFIX
from stellarchat.core.records import Endpoint
from stellarchat.engines.openai.engine import OpenAIEndpoint
from stellarchat.services.endpoints.reaching import Reach, Tested
from stellarchat.services.instances.targets import Target
from stellarchat.store.database import Store


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """An own endpoint as its user may see it. `id` is the name that requests use."""

    id: str
    base_url: str
    model: str
    host: str
    has_key: bool


class OwnEndpoints:
    """Keeps them, and says where requests for one go. `forget` drops the connections to one."""

    def __init__(self, store: Store, reach: Reach, forget: Callable[[str], None]) -> None:
        self._store, self._reach, self._forget = store, reach, forget
        self._turn = asyncio.Lock()  # a user has one

    async def get(self, user_id: str) -> Own | None:
        """Return what a user has."""
        endpoint = await self._stored(user_id)
        return None if endpoint is None else self._shown(endpoint)

    async def put(self, user_id: str, *, base_url: str, model: str, api_key: str | None) -> Own:
        """Store a user's endpoint in place of an earlier one; None keeps its key, an empty one forgets it.

        Raises AddressRefused, and BadRequest where the kept key was given for another server.
        """
        async with self._turn:
            before = await self._stored(user_id)
            now = datetime.now(UTC)
            endpoint = Endpoint(
                id=before.id if before else new_id(),
                name=model,
                base_url=base_url.rstrip("/"),
                user_id=user_id,
                encrypted_key=before.encrypted_key if before else None,
                models=[model],
                created_at=before.created_at if before else now,
                updated_at=now,
            )
            await self._reach.admitted(endpoint.base_url)
            self._reach.seal(endpoint, api_key, before)
            async with self._store.transaction() as tx:
                await tx.endpoints.save(endpoint)
        self._forget(_instance(endpoint))
        return self._shown(endpoint)

    async def remove(self, user_id: str) -> bool:
        """Remove a user's endpoint and its key; return whether there was one."""
        async with self._turn:
            endpoint = await self._stored(user_id)
            if endpoint is None:
                return False
            async with self._store.transaction() as tx:
                await tx.endpoints.delete(endpoint.id)
        self._forget(_instance(endpoint))
        return True

    async def test(self, user_id: str, base_url: str, api_key: str | None) -> Tested:
        """Ask an address for its models; None is the key kept, where it was given for that server.

        Raises AddressRefused, BadRequest.
        """
        key = api_key or None
        stored = await self._stored(user_id) if api_key is None else None
        if stored is not None:
            asked = msgspec.structs.replace(stored, base_url=base_url.rstrip("/"))
            self._reach.address(base_url)
            self._reach.seal(asked, None, stored)
            key = self._reach.key(stored)
        return await self._reach.test(base_url, key)

    async def target(self, user_id: str, model: str) -> Target | None:
        """Return where a user's requests for a model go; None where it is no model of this user's.

        Raises AddressRefused where the rules have become stricter, SealBroken, Unavailable.
        """
        if not user_id or not model.startswith(OWN_PREFIX):
            return None
        endpoint = await self._stored(user_id)
        if endpoint is None or model.removeprefix(OWN_PREFIX) not in endpoint.models:
            return None
        return Target(
            model=model,
            upstream_model=model.removeprefix(OWN_PREFIX),
            engine=OpenAIEndpoint.name,
            dialect=OpenAIEndpoint.dialect,
            address=Address(endpoint.base_url, self._reach.key(endpoint)),
            instance=_instance(endpoint),
            prefix="",
            dial=self._reach.dial(endpoint.base_url),
        )

    async def _stored(self, user_id: str) -> Endpoint | None:
        async with self._store.read() as tx:
            return await tx.endpoints.of(user_id)

    def _shown(self, endpoint: Endpoint) -> Own:
        try:
            host = self._reach.address(endpoint.base_url).authority
        except AddressRefused:  # by rules that are stricter than when it was named
            host = endpoint.base_url
        return Own(
            id=OWN_PREFIX + endpoint.models[0],
            base_url=endpoint.base_url,
            model=endpoint.models[0],
            host=host,
            has_key=endpoint.encrypted_key is not None,
        )


def _instance(endpoint: Endpoint) -> str:
    return OWN_PREFIX + endpoint.id


def checked_key(key: str | None, param: str) -> str | None:
    """Return a key that a header can hold (RFC 9110). Raises BadRequest."""
    if key is not None and not all("!" <= letter <= "~" for letter in key):
        raise BadRequest(
            f"{param} has a blank or a letter that no key has.",
            param=param,
            remedy="Copy the key again.",
            sentence="key_letters",
        )
    return key
