"""Invitations: a link each with which one person may sign up."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Final

from stellarchat.core.accounts import Invitation, UserRole
from stellarchat.core.errors import BadRequest, Forbidden
from stellarchat.core.ids import new_id
from stellarchat.services.accounts.tokens import digest
from stellarchat.store.database import Store, Transaction

LONGEST: Final = timedelta(days=90)


class Invitations:
    """Makes invitations and takes them back. What opens one is shown once."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def create(
        self, created_by: str, role: UserRole, lasts: timedelta, note: str = ""
    ) -> tuple[Invitation, str]:
        """Return a new invitation, and the secret that its link ends with. Raises BadRequest."""
        if not timedelta(minutes=1) <= lasts <= LONGEST:
            raise BadRequest(
                f"An invitation lasts at most {LONGEST.days} days.",
                param="expires_in_hours",
                sentence="invitation_long",
                values={"days": LONGEST.days},
            )
        now, secret = datetime.now(UTC), secrets.token_urlsafe(24)
        made = Invitation(
            id=new_id(),
            digest=digest(secret),
            role=role,
            note=note,
            created_by=created_by,
            created_at=now,
            expires_at=now + lasts,
        )
        async with self._store.transaction() as tx:
            await tx.invitations.add(made)
        return made, secret

    async def list(self) -> list[Invitation]:
        """Return all invitations, newest first."""
        async with self._store.read() as tx:
            return await tx.invitations.list()

    async def look(self, secret: str) -> Invitation:
        """Return the invitation that a link is for. Raises Forbidden where it is good for nothing."""
        async with self._store.read() as tx:
            return await opened(tx, secret)

    async def delete(self, invitation_id: str) -> None:
        """Take an invitation back. Raises NotFound."""
        async with self._store.transaction() as tx:
            await tx.invitations.delete(invitation_id)


async def opened(tx: Transaction, secret: str) -> Invitation:
    """Return the invitation that `secret` opens. Raises Forbidden."""
    found = await tx.invitations.find(digest(secret))
    remedy = "Ask for another one."
    if found is None:
        raise Forbidden(
            "There is no such invitation.", param="invitation", remedy=remedy, sentence="invitation_none"
        )
    if found.used_at is not None:
        raise Forbidden(
            "This invitation was used already.", param="invitation", remedy=remedy, sentence="invitation_used"
        )
    if found.expires_at <= datetime.now(UTC):
        raise Forbidden(
            "This invitation has expired.", param="invitation", remedy=remedy, sentence="invitation_expired"
        )
    return found
