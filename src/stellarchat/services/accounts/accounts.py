"""Users: how they come, what they change of themselves, and what administrators do with them."""

import asyncio
import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

import msgspec

from stellarchat.core.accounts import (
    LOCAL_USER,
    AccountEvent,
    User,
    UserRole,
    folded,
)
from stellarchat.core.errors import BadRequest, Conflict, Forbidden, LoginFailed
from stellarchat.core.ids import new_id
from stellarchat.services.accounts.callers import Callers
from stellarchat.services.accounts.invitations import opened
from stellarchat.services.accounts.passwords import Passwords, check
from stellarchat.services.accounts.throttle import Throttle, network
from stellarchat.store.database import Store, Transaction

log = logging.getLogger(__name__)

Hooks = list[Callable[..., Any]]

PER_ACCOUNT: Final = (10, 30.0)  # so many wrong passwords at once, and one more each so many seconds
PER_ADDRESS: Final = (30, 10.0)
_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")
_UNSEEN: Final = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


class SignUp(StrEnum):
    """Who may make an account of their own."""

    CLOSED = "closed"
    INVITATION = "invitation"
    OPEN = "open"


class Accounts:
    """Makes, changes and removes users.

    `on_event` hears of all that happens to accounts. `on_leaving` is awaited with the id of a user who is
    suspended or about to be removed, `on_taken_over` and `on_removed` when everything in the database has
    changed hands, or is gone.
    """

    def __init__(self, store: Store, callers: Callers, *, sign_up: SignUp = SignUp.CLOSED) -> None:
        self._store, self._callers = store, callers
        self.passwords = Passwords()
        self._by_account, self._by_address = Throttle(*PER_ACCOUNT), Throttle(*PER_ADDRESS)
        self._settled = False
        self.sign_up = sign_up
        self.on_event: list[Callable[[AccountEvent], None]] = []
        self.on_leaving: Hooks = []
        self.on_taken_over: Hooks = []
        self.on_removed: Hooks = []

    def tell(self, kind: str, user_id: str | None, actor_id: str | None = None, **more: str) -> None:
        """Tell everybody who wants to hear of it."""
        event = AccountEvent(kind=kind, user_id=user_id, actor_id=actor_id, detail=more)
        for hear in self.on_event:
            try:
                hear(event)
            except Exception:
                log.exception("telling of %s failed", kind)

    # coming

    async def empty(self) -> bool:
        """Whether there is no user yet, and the first visitor becomes the administrator."""
        if not self._settled:
            async with self._store.read() as tx:
                self._settled = await tx.users.count() > 0
        return not self._settled

    async def set_up(self, name: str, email: str | None, password: str) -> User:
        """Make the first user, an administrator, to whom everything belongs that there is already.

        Raises Conflict where there is a user, BadRequest.
        """
        if not await self.empty():
            raise _settled()
        user = await self._made(name, email, password, UserRole.ADMIN)
        async with self._callers.changing() as tx:  # one at a time
            if await tx.users.count():
                raise _settled()
            await self._add(tx, user)
            await tx.users.hand_over(LOCAL_USER, user.id)
        self._settled = True
        await self._call(self.on_taken_over, LOCAL_USER, user.id)
        self.tell("user.created", user.id, user.id, how="setup")
        return user

    async def register(
        self, name: str, email: str | None, password: str, *, invitation: str | None, address: str = ""
    ) -> User:
        """Make an account of one's own, as `sign_up` allows. Raises Forbidden, Conflict, BadRequest."""
        if await self.empty():
            raise Conflict(
                "There is no administrator yet.",
                remedy="Make the first account: /setup",
                sentence="admin_none",
            )
        if invitation is None and self.sign_up is not SignUp.OPEN:
            raise Forbidden(
                "New accounts need an invitation."
                if self.sign_up is SignUp.INVITATION
                else "New accounts cannot be made here.",
                remedy="Ask an administrator for one.",
                sentence="signup_invited" if self.sign_up is SignUp.INVITATION else "signup_closed",
            )
        self._by_address.take(f"register {network(address)}")
        user = await self._made(name, email, password, UserRole.USER)
        async with self._store.transaction() as tx:
            if invitation is not None:
                found = await opened(tx, invitation)
                user = msgspec.structs.replace(user, role=found.role)
                await self._add(tx, user)
                if not await tx.invitations.use(found.id, user.id, datetime.now(UTC)):
                    raise Forbidden(
                        "This invitation was used already.",
                        remedy="Ask for another one.",
                        sentence="invitation_used",
                    )
            else:
                await self._add(tx, user)
        self.tell("user.created", user.id, user.id, how="sign-up")
        return user

    async def create(
        self, name: str, email: str | None, password: str, role: UserRole, *, actor_id: str | None = None
    ) -> User:
        """Make a user, for an administrator. The first one takes over what there is already."""
        user = await self._made(name, email, password, role)
        async with self._callers.changing() as tx:
            first = await tx.users.count() == 0
            if first and role is not UserRole.ADMIN:
                raise Conflict(
                    "The first user must be an administrator.", param="role", sentence="admin_first"
                )
            await self._add(tx, user)
            if first:
                await tx.users.hand_over(LOCAL_USER, user.id)
        if first:
            await self._call(self.on_taken_over, LOCAL_USER, user.id)
        self.tell("user.created", user.id, actor_id, how="administrator")
        return user

    async def log_in(self, login: str, password: str, *, address: str = "") -> User:
        """Return whose name, or e-mail address, and password these are.

        Raises LoginFailed, which does not tell what was wrong, and TooManyRequests.
        """
        account, origin = f"account {folded(login)[:128]}", f"login {network(address)}"
        self._by_address.take(origin)
        try:
            self._by_account.take(account)
        except BaseException:
            self._by_address.give_back(origin)
            raise
        async with self._store.read() as tx:
            user = await tx.users.by_login(login)
        # as long for a stranger as for a user
        right = await self.passwords.matches(password, user.password_hash if user is not None else None)
        if user is None or not right:
            self.tell("login.failed", user.id if user is not None else None, None)
            raise LoginFailed(
                "The name or the password is wrong.",
                remedy="Try again, or ask for a new one.",
                sentence="login_failed",
            )
        self._by_account.forget(account)
        self._by_address.give_back(origin)
        if user.suspended_at is not None:
            self.tell("login.failed", user.id, None, reason="suspended")
            raise Forbidden(
                "This account is suspended.", remedy="Ask an administrator.", sentence="account_suspended"
            )
        assert user.password_hash is not None
        if self.passwords.outdated(user.password_hash):
            renewed = await self.passwords.hash(password) if len(password) >= 8 else user.password_hash
            await self._change(user.id, password_hash=renewed)
        self.tell("login", user.id, user.id, how="password")
        return user

    async def recognise(
        self,
        user_id: str | None,
        name: str,
        email: str | None,
        *,
        admit: bool | None = None,
    ) -> User:
        """Return the user whom another server vouches for: the one it was linked to, or a new one.

        `admit` says whether a new one is made, None leaves it to `sign_up`. Nobody is found by their
        e-mail address: that would be a way into their account. Raises Forbidden.
        """
        users: dict[str, User] = {}
        if user_id is not None:
            async with self._store.read() as tx:
                users = await tx.users.some([user_id])
        user = users.get(user_id or "")
        if user is None:
            if not (self.sign_up is SignUp.OPEN if admit is None else admit):
                raise Forbidden(
                    "There is no account for you here.",
                    remedy="Ask an administrator.",
                    sentence="account_none",
                )
            user = await self._adopt(name, email)
        if user.suspended_at is not None:
            raise Forbidden(
                "This account is suspended.", remedy="Ask an administrator.", sentence="account_suspended"
            )
        self.tell("login", user.id, user.id, how="identity")
        return user

    async def _adopt(self, name: str, email: str | None) -> User:
        wanted = _UNSEEN.sub("", name).strip()[:56] or "user"
        user = _new(wanted, None, None, UserRole.USER)
        async with self._callers.changing() as tx:
            if not await tx.users.count():
                raise Conflict(
                    "There is no administrator yet.",
                    remedy="Make the first account: /setup",
                    sentence="admin_none",
                )
            number = 1
            while folded(user.name) == LOCAL_USER or await tx.users.by_login(user.name) is not None:
                number += 1
                user = msgspec.structs.replace(user, name=f"{wanted}-{number}")
            if email and _EMAIL.fullmatch(email) and await tx.users.by_login(email) is None:
                user = msgspec.structs.replace(user, email=email)
            await self._add(tx, user)
        self.tell("user.created", user.id, user.id, how="identity")
        return user

    # being there

    async def get(self, user_id: str) -> User:
        """Return a user. Raises NotFound."""
        async with self._store.read() as tx:
            return await tx.users.get(user_id)

    async def find_by_id(self, user_id: str) -> User | None:
        """Return a user, None where there is none any more."""
        async with self._store.read() as tx:
            return (await tx.users.some([user_id])).get(user_id)

    async def find(self, login: str) -> User | None:
        """Return whoever has this name or e-mail address."""
        async with self._store.read() as tx:
            return await tx.users.by_login(login)

    async def list(self) -> list[User]:
        """Return all users, oldest first."""
        async with self._store.read() as tx:
            return await tx.users.list()

    async def change_profile(
        self, user_id: str, *, actor_id: str | None, name: str | None = None, email: str | None = None
    ) -> User:
        """Change name or e-mail address; "" forgets the address. Raises Conflict, BadRequest."""
        fields: dict[str, Any] = {}
        if name is not None:
            fields["name"] = _name(name)
        if email is not None:
            fields["email"] = _email(email)
        user = await self._change(user_id, **fields)
        self.tell("user.changed", user_id, actor_id, fields=", ".join(fields))
        return user

    async def change_password(self, user_id: str, old: str, new: str, *, session_id: str | None) -> None:
        """Change one's own password; every login but this one ends. Raises Forbidden, BadRequest."""
        check(new, "new_password")
        user = await self.get(user_id)
        self._by_account.take(f"account {user_id}")
        if user.password_hash is not None and not await self.passwords.matches(old, user.password_hash):
            self.tell("password.refused", user_id, user_id)
            raise Forbidden(
                "That is not your password.", remedy="Enter the one you have now.", sentence="password_wrong"
            )
        self._by_account.forget(f"account {user_id}")
        await self._set_password(user_id, new, keep=session_id)
        self.tell("password.changed", user_id, user_id)

    async def set_password(self, user_id: str, new: str, *, actor_id: str | None) -> None:
        """Give a user another password; all their logins end. Raises NotFound, BadRequest."""
        self.forgive(await self._set_password(user_id, new, keep=None))
        self.tell("password.changed", user_id, actor_id)

    async def _set_password(self, user_id: str, new: str, *, keep: str | None) -> User:
        hashed = await self.passwords.hash(new)
        async with self._callers.changing() as tx:
            return await with_password(tx, user_id, hashed, keep=keep)

    def forgive(self, user: User) -> None:
        """Let a user try again at once: those who had too many tries did not know the new password."""
        self._by_account.forget(f"account {folded(user.name)}")

    async def leave(self, user_id: str, password: str, name: str) -> None:
        """Remove one's own account and everything of it, confirmed by its password.

        One that has none is confirmed by its name. Raises Forbidden, Conflict for the last administrator.
        """
        user = await self.get(user_id)
        self._by_account.take(f"account {user_id}")
        if user.password_hash is None:
            if folded(name) != folded(user.name):
                raise Forbidden(
                    "That is not your name.",
                    param="name",
                    remedy="Enter it as it is shown.",
                    sentence="name_wrong",
                )
        elif not await self.passwords.matches(password, user.password_hash):
            self.tell("password.refused", user_id, user_id)
            raise Forbidden(
                "That is not your password.",
                param="password",
                remedy="Enter the one you have now.",
                sentence="password_wrong",
            )
        self._by_account.forget(f"account {user_id}")
        await self.remove(user_id, actor_id=user_id)

    # administration

    async def set_role(self, user_id: str, role: UserRole, *, actor_id: str | None) -> User:
        """Make a user an administrator, or one no more. Raises NotFound, Conflict for the last one."""
        user = await self._change(user_id, role=role)
        self.tell("user.role", user_id, actor_id, role=role)
        return user

    async def suspend(self, user_id: str, *, actor_id: str | None) -> User:
        """Let a user in no more; what is theirs stays. Raises NotFound, Conflict for the last admin."""
        user = await self._change(user_id, suspended_at=datetime.now(UTC))
        await self._call(self.on_leaving, user_id)
        self.tell("user.suspended", user_id, actor_id)
        return user

    async def resume(self, user_id: str, *, actor_id: str | None) -> User:
        """Let a suspended user in again. Raises NotFound."""
        user = await self._change(user_id, suspended_at=None)
        self.tell("user.resumed", user_id, actor_id)
        return user

    async def remove(self, user_id: str, *, actor_id: str | None) -> None:
        """Remove a user and everything of theirs. Raises NotFound, Conflict for the last administrator."""
        async with self._store.read() as tx:  # before their replies are stopped for nothing
            user = await tx.users.get(user_id)
            if user.role is UserRole.ADMIN and user.suspended_at is None:
                await _keep_an_admin(tx, besides=1)
        await self._call(self.on_leaving, user_id)
        async with self._callers.changing() as tx:
            user = await tx.users.hold(user_id)
            await tx.users.remove(user_id)
            await _keep_an_admin(tx)
        await self._call(self.on_removed, user_id)
        self.tell("user.removed", user_id, actor_id, name=user.name)

    async def _change(self, user_id: str, **fields: Any) -> User:
        async with self._callers.changing() as tx:
            before = await tx.users.hold(user_id)
            user = msgspec.structs.replace(before, **fields)
            if (user.role, user.suspended_at) != (before.role, before.suspended_at):
                user = msgspec.structs.replace(user, version=before.version + 1)
            await _unlike_others(tx, user)
            await tx.users.save(user)
            await _keep_an_admin(tx)
            return user

    async def _made(self, name: str, email: str | None, password: str, role: UserRole) -> User:
        made = _new(_name(name), _email(email or ""), None, role)
        return msgspec.structs.replace(made, password_hash=await self.passwords.hash(password))

    async def _add(self, tx: Transaction, user: User) -> None:
        await _unlike_others(tx, user)
        await tx.users.add(user)

    async def _call(self, hooks: Hooks, *ids: str) -> None:
        for hook in hooks:
            try:
                done = hook(*ids)
                if asyncio.iscoroutine(done):
                    await done
            except Exception:
                log.exception("after a change of users")


async def with_password(tx: Transaction, user_id: str, hashed: str, *, keep: str | None = None) -> User:
    """Give a user another password's hash; what the old one opened ends, but for the login `keep`."""
    user = await tx.users.hold(user_id)
    user = msgspec.structs.replace(user, password_hash=hashed, version=user.version + 1)
    await tx.users.save(user)
    await tx.sessions.end_all(user_id, keep)
    await tx.reset_links.forget(user_id)
    return user


async def _keep_an_admin(tx: Transaction, besides: int = 0) -> None:
    """Raise Conflict where there is no administrator who can log in, `besides` so many."""
    if await tx.users.count(admins=True) <= besides:
        raise Conflict(
            "This is the only administrator who can log in.",
            remedy="Make another user an administrator first.",
            sentence="admin_last",
        )


async def _unlike_others(tx: Transaction, user: User) -> None:
    """Raise Conflict where somebody else could log in with the same name or address."""
    for field, value in (("name", user.name), ("email", user.email)):
        other = await tx.users.by_login(value) if value else None
        if other is not None and other.id != user.id:
            called, sentence = _FIELDS[field]
            raise Conflict(f"Somebody else has this {called}.", param=field, sentence=sentence)


_FIELDS: Final = {"name": ("name", "name_taken"), "email": ("e-mail address", "email_taken")}


def _new(name: str, email: str | None, password_hash: str | None, role: UserRole) -> User:
    now = datetime.now(UTC)
    return User(
        id=new_id(),
        name=name,
        email=email,
        password_hash=password_hash,
        role=role,
        created_at=now,
        updated_at=now,
    )


def _name(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= 64 or len(folded(name)) > 128:
        raise BadRequest("The name must have 1 to 64 characters.", param="name", sentence="name_length")
    if _UNSEEN.search(name) or not folded(name):
        raise BadRequest("The name has characters that are not seen.", param="name", sentence="name_unseen")
    if folded(name) == LOCAL_USER:
        raise BadRequest(
            "This name is the program's own.",
            param="name",
            remedy="Choose another one.",
            sentence="name_reserved",
        )
    return name


def _email(email: str) -> str | None:
    email = email.strip()
    if not email:
        return None
    if not _EMAIL.fullmatch(email) or _UNSEEN.search(email) or len(folded(email)) > 255:
        raise BadRequest("This is no e-mail address.", param="email", sentence="email_wrong")
    return email


def _settled() -> Conflict:
    return Conflict("This server has its administrator already.", remedy="Log in.", sentence="admin_exists")
