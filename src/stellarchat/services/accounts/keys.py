"""API keys: how programs are let in without a password."""

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from stellarchat.core.accounts import ALLOWED, ApiKey, Scope
from stellarchat.core.errors import BadRequest, Conflict, Forbidden
from stellarchat.core.ids import new_id
from stellarchat.services.accounts.callers import KEY_PREFIX, Callers
from stellarchat.services.accounts.tokens import digest
from stellarchat.store.database import Store

MOST: Final = 100
LONGEST: Final = timedelta(days=3650)
_SHOWN: Final = len(KEY_PREFIX) + 5


class Tell(Protocol):
    """Hears of what happened to an account; see `Accounts.tell`."""

    def __call__(self, kind: str, user_id: str | None, actor_id: str | None = None, **more: str) -> None:
        """Take it in; it raises nothing."""


class Keys:
    """Makes keys and takes them back. Only their digests are kept. `tell` hears of both."""

    def __init__(self, store: Store, callers: Callers, tell: Tell) -> None:
        self._store, self._callers, self._tell = store, callers, tell

    async def create(
        self,
        user_id: str,
        name: str,
        scopes: Iterable[Scope],
        expires_at: datetime | None = None,
        *,
        actor_id: str | None = None,
    ) -> tuple[ApiKey, str]:
        """Return a new key of a user and the key itself, which is not kept.

        Raises BadRequest, Forbidden for scopes the user has not, Conflict where there are too many.
        """
        name, wanted, now = name.strip(), frozenset(scopes), datetime.now(UTC)
        if not 1 <= len(name) <= 120:
            raise BadRequest("The name must have 1 to 120 characters.", param="name", sentence="key_name")
        if not wanted:
            raise BadRequest("A key needs a scope at least.", param="scopes", sentence="key_scopes")
        if expires_at is not None and not now < expires_at < now + LONGEST:
            raise BadRequest(
                f"A key expires within {LONGEST.days // 365} years, or never.",
                param="expires_at",
                sentence="key_expiry",
                values={"years": LONGEST.days // 365},
            )
        secret = KEY_PREFIX + secrets.token_urlsafe(32)
        key = ApiKey(
            id=new_id(),
            user_id=user_id,
            name=name,
            prefix=secret[:_SHOWN],
            digest=digest(secret),
            scopes=tuple(scope for scope in Scope if scope in wanted),
            created_at=now,
            expires_at=expires_at,
        )
        async with self._store.transaction() as tx:
            user = await tx.users.get(user_id)
            if not wanted <= ALLOWED[user.role]:
                raise Forbidden(
                    "Only administrators have keys with that scope.", param="scopes", sentence="key_admin"
                )
            if len(await tx.keys.list(user_id)) >= MOST:
                raise Conflict(
                    f"You have {MOST} keys.",
                    remedy="Revoke those that are not used.",
                    sentence="keys_many",
                    values={"count": MOST},
                )
            await tx.keys.add(key)
        self._tell("key.created", user_id, actor_id, key=key.prefix, name=key.name)
        return key, secret

    async def list(self, user_id: str | None = None) -> list[ApiKey]:
        """Return a user's keys, or everybody's; oldest first."""
        async with self._store.read() as tx:
            return await tx.keys.list(user_id)

    async def revoke(self, user_id: str, key_id: str, *, actor_id: str | None = None) -> None:
        """Take a key back; it is good for nothing from now on. Raises NotFound."""
        async with self._callers.changing() as tx:
            await tx.keys.delete(user_id, key_id)
        self._tell("key.revoked", user_id, actor_id, key_id=key_id)
