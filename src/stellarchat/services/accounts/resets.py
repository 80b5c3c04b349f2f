"""Links to another password, for who has lost theirs: each for one user, good once, and not for long."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Final

from stellarchat.core.accounts import ResetLink, User
from stellarchat.core.errors import BadRequest, Forbidden
from stellarchat.services.accounts.accounts import Accounts, with_password
from stellarchat.services.accounts.callers import Callers
from stellarchat.services.accounts.tokens import digest
from stellarchat.store.database import Store, Transaction

USUAL: Final = timedelta(hours=24)
LONGEST: Final = timedelta(days=7)


class Resets:
    """Makes links and takes them. What opens one is shown once; only its digest is kept."""

    def __init__(self, store: Store, callers: Callers, accounts: Accounts) -> None:
        self._store, self._callers, self._accounts = store, callers, accounts

    async def create(
        self, user_id: str, lasts: timedelta = USUAL, *, actor_id: str | None
    ) -> tuple[ResetLink, str]:
        """Return a new link of a user, in place of an earlier one, and the secret it ends with.

        Raises NotFound, Forbidden for a suspended user, BadRequest.
        """
        if not timedelta(minutes=1) <= lasts <= LONGEST:
            raise BadRequest(
                f"A link lasts at most {LONGEST.days} days.",
                param="expires_in_hours",
                sentence="reset_long",
                values={"days": LONGEST.days},
            )
        now, secret = datetime.now(UTC), secrets.token_urlsafe(24)
        made = ResetLink(
            user_id=user_id,
            digest=digest(secret),
            created_by=actor_id,
            created_at=now,
            expires_at=now + lasts,
        )
        async with self._store.transaction() as tx:
            user = await tx.users.hold(user_id)
            if user.suspended_at is not None:
                raise Forbidden(
                    f"{user.name} is suspended.",
                    remedy="Let them in again first.",
                    sentence="user_suspended",
                    values={"name": user.name},
                )
            await tx.reset_links.put(made)
        self._accounts.tell(
            "password.link", user_id, actor_id, until=made.expires_at.isoformat("T", "minutes")
        )
        return made, secret

    async def look(self, secret: str) -> tuple[ResetLink, User]:
        """Return a link and whose it is. Raises Forbidden where it is good for nothing."""
        async with self._store.read() as tx:
            return await _opened(tx, secret)

    async def use(self, secret: str, password: str) -> User:
        """Give a link's user another password; all their logins end, and so does the link.

        Raises Forbidden where it is good for nothing, BadRequest for a weak password.
        """
        await self.look(secret)  # a stranger has nothing hashed
        hashed = await self._accounts.passwords.hash(password)
        async with self._callers.changing() as tx:  # one at a time
            _, user = await _opened(tx, secret)
            user = await with_password(tx, user.id, hashed)
        self._accounts.forgive(user)
        self._accounts.tell("password.changed", user.id, user.id, how="link")
        return user


async def _opened(tx: Transaction, secret: str) -> tuple[ResetLink, User]:
    found = await tx.reset_links.find(digest(secret))
    remedy = "Ask an administrator for another one."
    if found is None:
        raise Forbidden(
            "This link was used already, or another one took its place.",
            param="secret",
            remedy=remedy,
            sentence="reset_used",
        )
    if found.expires_at <= datetime.now(UTC):
        raise Forbidden("This link has expired.", param="secret", remedy=remedy, sentence="reset_expired")
    user = await tx.users.get(found.user_id)
    if user.suspended_at is not None:
        raise Forbidden(
            "This account is suspended.", remedy="Ask an administrator.", sentence="account_suspended"
        )
    return found, user
