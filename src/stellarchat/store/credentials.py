"""How users prove who they are: logins, keys, invitations that make new users, links to a new password."""

from datetime import datetime

import msgspec
import sqlalchemy as sa

from stellarchat.core.accounts import ApiKey, Invitation, ResetLink, Session
from stellarchat.core.errors import NotFound
from stellarchat.store.repository import Repository
from stellarchat.store.tables import api_key, invitation, reset_link, session, user


class Sessions(Repository):
    """Logins."""

    async def add(self, login: Session) -> None:
        """Store a new login; its user was here at that time."""
        await self._write(sa.insert(session), msgspec.structs.asdict(login))
        await self._write(sa.update(user).where(user.c.id == login.user_id).values(seen_at=login.seen_at))

    async def find(self, *, session_id: str | None = None, digest: str | None = None) -> Session | None:
        """Return a login by its id or its cookie's digest."""
        which = session.c.id == session_id if session_id is not None else session.c.digest == digest
        return await self._one(Session, sa.select(session).where(which))

    async def list(self, user_id: str) -> list[Session]:
        """Return a user's logins, the latest used first."""
        query = sa.select(session).where(session.c.user_id == user_id)
        return await self._all(Session, query.order_by(session.c.seen_at.desc(), session.c.id.desc()))

    async def renew(self, session_id: str, generation: int, at: datetime, expires_at: datetime) -> bool:
        """Count a renewal of tokens of this generation. Returns whether it was still the latest one."""
        mine = sa.and_(session.c.id == session_id, session.c.generation == generation)
        change = sa.update(session).where(mine)
        values = {"generation": generation + 1, "seen_at": at, "expires_at": expires_at}
        return await self._write(change.values(**values)) > 0

    async def seen(self, session_id: str, at: datetime, expires_at: datetime) -> None:
        """Note that a login was used, its user with it, and until when it is good now."""
        change = sa.update(session).where(session.c.id == session_id)
        await self._write(change.values(seen_at=at, expires_at=expires_at))
        whose = sa.select(session.c.user_id).where(session.c.id == session_id).scalar_subquery()
        await self._write(sa.update(user).where(user.c.id == whose).values(seen_at=at))

    async def end(self, user_id: str, session_id: str) -> bool:
        """Remove one of a user's logins. Returns whether it was there."""
        mine = sa.and_(session.c.user_id == user_id, session.c.id == session_id)
        return await self._write(sa.delete(session).where(mine)) > 0

    async def end_all(self, user_id: str, but: str | None = None) -> None:
        """Remove all of a user's logins but one."""
        gone = session.c.user_id == user_id
        await self._write(
            sa.delete(session).where(gone if but is None else sa.and_(gone, session.c.id != but))
        )

    async def purge(self, now: datetime) -> None:
        """Remove what has expired."""
        await self._write(sa.delete(session).where(session.c.expires_at < now))


class ApiKeys(Repository):
    """Keys for programs."""

    async def add(self, key: ApiKey) -> None:
        """Store a new key."""
        await self._write(sa.insert(api_key), msgspec.structs.asdict(key))

    async def find(self, *, key_id: str | None = None, digest: str | None = None) -> ApiKey | None:
        """Return a key by its id or its digest."""
        which = api_key.c.id == key_id if key_id is not None else api_key.c.digest == digest
        return await self._one(ApiKey, sa.select(api_key).where(which))

    async def list(self, user_id: str | None = None) -> list[ApiKey]:
        """Return a user's keys, or everybody's; oldest first."""
        query = sa.select(api_key).order_by(api_key.c.created_at, api_key.c.id)
        if user_id is not None:
            query = query.where(api_key.c.user_id == user_id)
        return await self._all(ApiKey, query)

    async def used(self, key_id: str, at: datetime) -> None:
        """Note that a key was used."""
        await self._write(sa.update(api_key).where(api_key.c.id == key_id).values(used_at=at))

    async def delete(self, user_id: str, key_id: str) -> None:
        """Remove one of a user's keys. Raises NotFound."""
        mine = sa.and_(api_key.c.user_id == user_id, api_key.c.id == key_id)
        if not await self._write(sa.delete(api_key).where(mine)):
            raise NotFound("There is no such key.", param="key_id", detail=key_id, sentence="key_none")


class Invitations(Repository):
    """Links with which one person each may sign up."""

    async def add(self, one: Invitation) -> None:
        """Store a new invitation."""
        await self._write(sa.insert(invitation), msgspec.structs.asdict(one))

    async def find(self, digest: str) -> Invitation | None:
        """Return an invitation by its digest."""
        return await self._one(Invitation, sa.select(invitation).where(invitation.c.digest == digest))

    async def list(self) -> list[Invitation]:
        """Return all invitations, newest first."""
        query = sa.select(invitation).order_by(invitation.c.created_at.desc(), invitation.c.id.desc())
        return await self._all(Invitation, query)

    async def use(self, invitation_id: str, user_id: str, at: datetime) -> bool:
        """Use an invitation. Returns False where it was used before, or has expired."""
        fresh = sa.and_(
            invitation.c.id == invitation_id, invitation.c.used_at.is_(None), invitation.c.expires_at > at
        )
        used = sa.update(invitation).where(fresh).values(used_at=at, used_by=user_id)
        return await self._write(used) > 0

    async def delete(self, invitation_id: str) -> None:
        """Take an invitation back. Raises NotFound."""
        if not await self._write(sa.delete(invitation).where(invitation.c.id == invitation_id)):
            raise NotFound(
                "There is no such invitation.",
                param="invitation_id",
                detail=invitation_id,
                sentence="invitation_gone",
            )


class ResetLinks(Repository):
    """Links with which users choose another password; each user has one at most."""

    async def put(self, one: ResetLink) -> None:
        """Store a link in place of an earlier one of the same user."""
        await self.forget(one.user_id)
        await self._write(sa.insert(reset_link), msgspec.structs.asdict(one))

    async def find(self, digest: str) -> ResetLink | None:
        """Return a link by its digest."""
        return await self._one(ResetLink, sa.select(reset_link).where(reset_link.c.digest == digest))

    async def forget(self, user_id: str) -> None:
        """Remove a user's link, where there is one."""
        await self._write(sa.delete(reset_link).where(reset_link.c.user_id == user_id))
