"""Logins: a browser's cookie, or a pair of tokens that is renewed."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Final

from stellarchat.core.accounts import Session, SessionKind, User
from stellarchat.core.errors import NotFound, Unauthorized
from stellarchat.core.ids import new_id
from stellarchat.services.accounts.callers import Callers
from stellarchat.services.accounts.tokens import Access, Pair, Tokens, digest
from stellarchat.store.database import Store

_AGENT: Final = 255
_ADDRESS: Final = 64


class Sessions:
    """Begins, renews and ends logins. `idle` is how long a browser's lasts unused."""

    def __init__(self, store: Store, callers: Callers, tokens: Tokens, *, idle: timedelta) -> None:
        self._store, self._callers, self._tokens, self.idle = store, callers, tokens, idle

    async def begin(self, user: User, *, user_agent: str = "", address: str = "") -> str:
        """Begin a browser's login and return what its cookie holds."""
        secret = secrets.token_urlsafe(32)
        await self._add(user, SessionKind.BROWSER, self.idle, digest(secret), user_agent, address)
        return secret

    async def issue(self, user: User, *, user_agent: str = "", address: str = "") -> Pair:
        """Begin a program's login and return its tokens."""
        lasts = self._tokens.refresh
        session = await self._add(user, SessionKind.TOKEN, lasts, None, user_agent, address)
        return self._pair(user, session.id, 0)

    async def renew(self, refresh_token: str) -> Pair:
        """Return new tokens for a refresh token, which is good once.

        One that was used before has been copied: its login ends, with all tokens that came of it. Raises
        Unauthorized.
        """
        token = self._tokens.read_refresh(refresh_token)
        now = datetime.now(UTC)
        async with self._store.transaction() as tx:
            session = await tx.sessions.find(session_id=token.session_id)
            if session is None or session.kind is not SessionKind.TOKEN or session.expires_at <= now:
                raise _over()
            until = now + self._tokens.refresh
            renewed = await tx.sessions.renew(session.id, token.generation, now, until)
            users = await tx.users.some([session.user_id])
        user = users.get(session.user_id)
        if not renewed:
            await self.end(session.user_id, session.id)
            raise Unauthorized(
                "The token was used before: its login has ended.",
                remedy="Log in again. If it was not you, change your password.",
                sentence="token_reused",
            )
        if user is None or user.suspended_at is not None:
            raise _over()
        return self._pair(user, session.id, token.generation + 1)

    async def list(self, user_id: str) -> list[Session]:
        """Return a user's logins that are good, the latest used first."""
        now = datetime.now(UTC)
        async with self._store.read() as tx:
            return [one for one in await tx.sessions.list(user_id) if one.expires_at > now]

    async def end(self, user_id: str, session_id: str) -> None:
        """End one of a user's logins. Raises NotFound."""
        async with self._callers.changing() as tx:
            if not await tx.sessions.end(user_id, session_id):
                raise NotFound(
                    "There is no such login.", param="session_id", detail=session_id, sentence="login_none"
                )

    async def end_all(self, user_id: str, *, but: str | None = None) -> None:
        """End all of a user's logins, or all but one."""
        async with self._callers.changing() as tx:
            await tx.sessions.end_all(user_id, but)

    async def _add(
        self,
        user: User,
        kind: SessionKind,
        lasts: timedelta,
        secret_digest: str | None,
        user_agent: str,
        address: str,
    ) -> Session:
        now = datetime.now(UTC)
        session = Session(
            id=new_id(),
            user_id=user.id,
            kind=kind,
            digest=secret_digest,
            user_agent=user_agent[:_AGENT],
            address=address[:_ADDRESS],
            created_at=now,
            seen_at=now,
            expires_at=now + lasts,
        )
        async with self._store.transaction() as tx:
            await tx.sessions.add(session)
        return session

    def _pair(self, user: User, session_id: str, generation: int) -> Pair:
        until = datetime.now(UTC) + self._tokens.access
        return self._tokens.pair(Access(user.id, session_id, user.version, until), generation)


def _over() -> Unauthorized:
    return Unauthorized("This login has ended.", remedy="Log in again.", sentence="login_ended")
