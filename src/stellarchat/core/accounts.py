"""Who may call: users, the ways they prove who they are, and what each way allows."""

import unicodedata
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

LOCAL_USER: Final = "local"
"""The one user there is while accounts are off."""


class UserRole(StrEnum):
    """What a user may do: an administrator also runs models and manages users."""

    ADMIN = "admin"
    USER = "user"


class Scope(StrEnum):
    """What an API key may be used for. `admin` holds all others, for a key of an administrator."""

    CHAT = "chat"
    READ = "read"
    WRITE = "write"
    METRICS = "metrics"
    ADMIN = "admin"


EVERY_SCOPE: Final = frozenset(Scope)


class SessionKind(StrEnum):
    """A browser's cookie, or a pair of tokens that is renewed."""

    BROWSER = "browser"
    TOKEN = "token"  # noqa: S105 (a kind, no secret)


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who sent a request, and what that way of asking allows.

    `session_id` or `key_id` is what they proved it with, both None while accounts are off. `version`
    is the user's at that moment: tokens and callers of an older one are void.
    """

    user_id: str
    name: str
    role: UserRole
    scopes: frozenset[Scope] = EVERY_SCOPE
    session_id: str | None = None
    key_id: str | None = None
    version: int = 0
    expires_at: datetime | None = None

    @property
    def is_admin(self) -> bool:
        """Whether this caller may do what only an administrator may: by role and by scope."""
        return self.role is UserRole.ADMIN and Scope.ADMIN in self.scopes

    def may(self, scope: Scope) -> bool:
        """Whether this caller's credential is good for something."""
        return scope in self.scopes or Scope.ADMIN in self.scopes


LOCAL: Final = Caller(user_id=LOCAL_USER, name=LOCAL_USER, role=UserRole.ADMIN)
"""Everybody, while accounts are off."""


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A user. Name and e-mail address are each somebody's alone, however they are written.

    `password_hash` is None for one that logs in elsewhere. A rise of `version` voids all tokens.
    """

    id: str
    name: str
    email: str | None = None
    password_hash: str | None = None
    role: UserRole = UserRole.USER
    suspended_at: datetime | None = None
    version: int = 0
    created_at: datetime
    updated_at: datetime
    seen_at: datetime | None = None


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A login. `digest` is of a browser's cookie, `generation` counts a token's renewals."""

    id: str
    user_id: str
    kind: SessionKind
    digest: str | None = None
    generation: int = 0
    user_agent: str = ""
    address: str = ""
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key for programs. The key itself is shown once; `prefix` is how it begins."""

    id: str
    user_id: str
    name: str
    prefix: str
    digest: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime | None = None
    used_at: datetime | None = None


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """Lets one person sign up. `used_by` is the user that came of it."""

    id: str
    digest: str
    role: UserRole
    note: str = ""
    created_by: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    used_by: str | None = None


class ResetLink(msgspec.Struct, frozen=True, kw_only=True):
    """Lets a user choose another password, once. `created_by` is None for the command line."""

    user_id: str
    digest: str
    created_by: str | None
    created_at: datetime
    expires_at: datetime


class AccountEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something happened to an account. `kind` is `login`, `user.suspended` and the like.

    `actor_id` is who did it: the user themselves, an administrator, None for a stranger or the command
    line. `detail` has no secrets in it. Where it was asked for is known to whoever hears of it.
    """

    kind: str
    user_id: str | None = None
    actor_id: str | None = None
    detail: dict[str, str] = msgspec.field(default_factory=dict)


ALLOWED: Final = {
    UserRole.ADMIN: EVERY_SCOPE,
    UserRole.USER: frozenset({Scope.CHAT, Scope.READ, Scope.WRITE}),
}
"""The scopes that a role has, and may give its keys."""


def folded(name: str) -> str:
    """Return a name or address as it is compared: `Ada` and `ada` are the same user."""
    return unicodedata.normalize("NFKC", name).casefold().strip()
