"""Who is calling: from a credential to a caller, by a look into a dictionary where it was seen before.

What may take a credential's force (suspension, a role, a password, a key taken back) raises a revision
in the database. This process forgets what it knew at once when it made the change itself, and looks for
the changes of others twice a second. Whoever is being served meanwhile (a socket, a stream, a reply that
is written on without either) is looked at again in the same moment.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final, Protocol

from stellarchat.core.accounts import ALLOWED, Caller, Session, SessionKind, User
from stellarchat.core.errors import NotFound, StellarChatError, Unauthorized
from stellarchat.services.accounts.tokens import Tokens, digest
from stellarchat.services.background import Loop
from stellarchat.store.database import Store, Transaction

log = logging.getLogger(__name__)

KEY_PREFIX: Final = "sk-stellar-"
LOOK_SECONDS: Final = 0.5
PURGE_SECONDS: Final = 3600.0
NOTE_SECONDS: Final = 5.0  # how soon it is stored that a key or a login was used
_KNOWN: Final = 8192
_REFUSED: Final = 2048
_FRESH: Final = timedelta(minutes=1)  # a login used again within that time is not noted again


class Watched:
    """A caller that is being served. `gone` is called once it may not be served any more."""

    __slots__ = ("caller", "gone")

    def __init__(self, caller: Caller, gone: Callable[[], None]) -> None:
        self.caller, self.gone = caller, gone


class Works(Protocol):
    """What goes on for users without a request of theirs."""

    def users(self) -> set[str]:
        """Return the ids of those for whom something goes on now."""

    async def dismiss(self, user_id: str) -> None:
        """Stop all that goes on for a user."""


class Callers:
    """Knows callers by their credentials. `idle` is how long a browser's login lasts unused."""

    def __init__(self, store: Store, tokens: Tokens, *, idle: timedelta) -> None:
        self._store, self._tokens, self._idle = store, tokens, idle
        self._known: dict[bytes, tuple[Caller, float]] = {}
        self._refused: dict[bytes, Unauthorized] = {}
        self._watched: set[Watched] = set()
        self.works: list[Works] = []
        """Stopped for users who are suspended or removed."""
        self._used_keys: dict[str, datetime] = {}
        self._used_sessions: dict[str, datetime] = {}
        self._noted: dict[str, datetime] = {}
        self._epoch = 0
        self._revision: int | None = None
        self._again = False
        self._loops = (
            Loop("looking for changes of accounts", self._look, LOOK_SECONDS),
            Loop("noting which keys and logins are used", self._note, NOTE_SECONDS),
            Loop("forgetting old logins", self._purge, PURGE_SECONDS),
        )

    async def open(self) -> None:
        """Read what there is, and look for changes from now on. Raises StellarChatError."""
        self._tokens.open()
        async with self._store.read() as tx:
            self._revision = await tx.users.revision()
        for loop in self._loops:
            loop.open()

    async def close(self) -> None:
        """Stop looking, and store what was used last."""
        for loop in self._loops:
            await loop.close()
        await self._note()

    # identifying

    def known(self, credential: bytes, *, cookie: bool = False) -> Caller | None:
        """Return the caller of a credential that was seen before; it costs no wait."""
        found = self._known.get(_name(credential, cookie))
        if found is None or found[1] <= time.time():
            return None
        caller = found[0]
        if caller.key_id is not None:
            self._used_keys[caller.key_id] = datetime.now(UTC)
        return caller

    async def identify(self, credential: bytes, *, cookie: bool = False) -> Caller:
        """Return the caller of a credential, of a cookie or a header. Raises Unauthorized."""
        name = _name(credential, cookie)
        if (refused := self._refused.get(name)) is not None:
            raise Unauthorized(
                refused.message, remedy=refused.remedy, sentence=refused.sentence, values=refused.values
            )
        while True:
            epoch = self._epoch
            try:
                caller, until = await self._prove(credential.decode("latin-1"), cookie)
            except Unauthorized as error:
                if epoch == self._epoch:
                    _bounded(self._refused, _REFUSED)
                    self._refused[name] = error
                raise
            if epoch == self._epoch:  # else it was read before a change: read again
                break
        _bounded(self._known, _KNOWN)
        self._known[name] = (caller, until.timestamp() if until is not None else float("inf"))
        return caller

    async def _prove(self, credential: str, cookie: bool) -> tuple[Caller, datetime | None]:
        now = datetime.now(UTC)
        if cookie:
            return await self._prove_cookie(credential, now)
        if credential.startswith(KEY_PREFIX):
            return await self._prove_key(credential, now)
        access = self._tokens.read_access(credential)
        async with self._store.read() as tx:
            session = await tx.sessions.find(session_id=access.session_id)
            if session is None or session.kind is not SessionKind.TOKEN or session.user_id != access.user_id:
                raise _void()
            user = await _active(tx, session.user_id)
        if user.version != access.version:
            raise _void()
        return _caller(user, session), access.expires_at

    async def _prove_cookie(self, credential: str, now: datetime) -> tuple[Caller, datetime]:
        async with self._store.read() as tx:
            session = await tx.sessions.find(digest=digest(credential))
            if session is None or session.kind is not SessionKind.BROWSER or session.expires_at <= now:
                raise _void()
            user = await _active(tx, session.user_id)
        self._used_sessions[session.id] = now
        # asked again from time to time, so that a login in use is kept
        return _caller(user, session), min(session.expires_at, now + _FRESH)

    async def _prove_key(self, credential: str, now: datetime) -> tuple[Caller, datetime | None]:
        async with self._store.read() as tx:
            key = await tx.keys.find(digest=digest(credential))
            if key is None:
                raise Unauthorized("The API key is not known here.", remedy="Make one under Settings.")
            if key.expires_at is not None and key.expires_at <= now:
                raise Unauthorized("The API key has expired.", remedy="Make another under Settings.")
            user = await _active(tx, key.user_id)
        self._used_keys[key.id] = now
        caller = Caller(
            user_id=user.id,
            name=user.name,
            role=user.role,
            scopes=frozenset(key.scopes) & ALLOWED[user.role],
            key_id=key.id,
            version=user.version,
            expires_at=key.expires_at,
        )
        return caller, key.expires_at

    # changes

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[Transaction]:
        """A transaction after which no credential is believed unseen."""
        async with self._store.transaction() as tx:
            await tx.users.revise()
            yield tx
        await self.changed()

    async def changed(self) -> None:
        """Forget what was known, and look at all who are being served."""
        self._epoch += 1
        self._known.clear()
        self._refused.clear()
        try:
            await self._recheck()
        except StellarChatError as error:
            log.warning("who is being served is looked at again later: %s", error.message)
            self._revision = None

    def watch(self, caller: Caller, gone: Callable[[], None]) -> Watched:
        """Hear when a caller may not be served any more; call it right after it was identified."""
        one = Watched(caller, gone)
        self._watched.add(one)
        return one

    def unwatch(self, one: Watched) -> None:
        """Hear nothing more."""
        self._watched.discard(one)

    async def _recheck(self) -> None:
        by_caller: dict[Caller, list[Watched]] = {}
        for one in self._watched:
            by_caller.setdefault(one.caller, []).append(one)
        busy = {user_id for works in self.works for user_id in works.users()}
        if not by_caller and not busy:
            return
        async with self._store.read() as tx:
            gone = [caller for caller in by_caller if not await _stands(tx, caller)]
            users = await tx.users.some(busy) if busy else {}
        for caller in gone:
            for one in by_caller[caller]:
                self._dismiss(one)
        for user_id in busy:
            if user_id not in users or users[user_id].suspended_at is not None:
                await asyncio.gather(*(works.dismiss(user_id) for works in self.works))

    def _dismiss(self, one: Watched) -> None:
        if one in self._watched:
            self._watched.discard(one)
            one.gone()

    async def _look(self) -> None:
        """See what other processes changed, and whose time is up."""
        async with self._store.read() as tx:
            revision = await tx.users.revision()
        if revision != self._revision or self._again:
            # a second time, for what was let in just before and began just after
            self._again = revision != self._revision
            self._revision = revision
            await self.changed()
        now = datetime.now(UTC)
        for one in [*self._watched]:
            if one.caller.expires_at is not None and one.caller.expires_at <= now:
                self._dismiss(one)

    async def _purge(self) -> None:
        async with self._store.transaction() as tx:
            await tx.sessions.purge(datetime.now(UTC))

    async def _note(self) -> None:
        """Store when keys and logins were used last."""
        keys, self._used_keys = self._used_keys, {}
        sessions, self._used_sessions = self._used_sessions, {}
        fresh = {
            session_id: at
            for session_id, at in sessions.items()
            if (before := self._noted.get(session_id)) is None or at - before >= _FRESH
        }
        if not keys and not fresh:
            return
        async with self._store.transaction() as tx:
            for key_id, at in keys.items():
                await tx.keys.used(key_id, at)
            for session_id, at in fresh.items():
                await tx.sessions.seen(session_id, at, at + self._idle)
        _bounded(self._noted, _KNOWN)
        self._noted.update(fresh)


def _name(credential: bytes, cookie: bool) -> bytes:
    """Return what a credential is remembered by: one of a cookie is good in a cookie only."""
    return sha256(b"cookie " + credential if cookie else credential).digest()


async def _active(tx: Transaction, user_id: str) -> User:
    try:
        user = await tx.users.get(user_id)
    except NotFound:
        raise _void() from None
    if user.suspended_at is not None:
        raise Unauthorized(
            "This account is suspended.", remedy="Ask an administrator.", sentence="account_suspended"
        )
    return user


async def _stands(tx: Transaction, caller: Caller) -> bool:
    """Tell whether a caller that was identified before is still who it was."""
    try:
        user = await _active(tx, caller.user_id)
    except Unauthorized:
        return False
    if user.role is not caller.role:
        return False
    if caller.key_id is not None:
        return await tx.keys.find(key_id=caller.key_id) is not None
    return await tx.sessions.find(session_id=caller.session_id or "") is not None


def _caller(user: User, session: Session) -> Caller:
    return Caller(
        user_id=user.id,
        name=user.name,
        role=user.role,
        scopes=ALLOWED[user.role],
        session_id=session.id,
        version=user.version,
    )


def _void() -> Unauthorized:
    return Unauthorized("You are not logged in any more.", remedy="Log in again.", sentence="logged_out")


def _bounded(kept: dict[Any, Any], limit: int) -> None:
    """Make room for one more: the oldest go first."""
    while len(kept) >= limit:
        del kept[next(iter(kept))]
