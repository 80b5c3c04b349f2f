"""What the accounts surface takes and shows. The page's TypeScript client is generated from these."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from stellarchat.api.schemas import Shown
from stellarchat.core.accounts import ApiKey, Caller, Scope, SessionKind, User, UserRole
from stellarchat.core.accounts import Session as StoredSession

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Email = Annotated[str, StringConstraints(strip_whitespace=True, max_length=255)]
Password = Annotated[SecretStr, Field(max_length=1024)]
SignUpMode = Literal["closed", "invitation", "open"]


class Body(BaseModel):
    """Base of what is sent; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class UserShown(Shown):
    """A user."""

    id: str
    name: str
    email: str | None
    role: UserRole
    has_password: bool = Field(description="false for one that logs in elsewhere")
    suspended_at: datetime | None
    created_at: datetime
    seen_at: datetime | None = Field(description="when they were here last")

    @classmethod
    def of(cls, user: User) -> Self:
        """Return `user` as it is shown."""
        return cls(
            id=user.id,
            name=user.name,
            email=user.email,
            role=user.role,
            has_password=user.password_hash is not None,
            suspended_at=user.suspended_at,
            created_at=user.created_at,
            seen_at=user.seen_at,
        )


class Whoami(BaseModel):
    """Who is calling."""

    id: str
    name: str
    role: UserRole
    scopes: list[Scope] = Field(description="what this way of asking is good for")

    @classmethod
    def of(cls, caller: Caller) -> Self:
        """Return `caller` as it is shown."""
        scopes = [scope for scope in Scope if scope in caller.scopes]
        return cls(id=caller.user_id, name=caller.name, role=caller.role, scopes=scopes)


class AuthStatus(BaseModel):
    """What the page asks first."""

    accounts: bool = Field(description="false: there is one user, who need not log in")
    setup: bool = Field(description="there is no user yet: the next visitor becomes the administrator")
    sign_up: SignUpMode = Field(description="who may make an account of their own")
    user: Whoami | None = Field(description="who is logged in")
    identity_provider: str | None = Field(None, description="what logs people in too: /api/auth/oidc/start")
    sharing: bool = Field(description="chats can be shared by links")
    tool_programs: bool = Field(description="programs can be added as tool servers")


class SetUp(Body):
    """The first user."""

    name: Name
    email: Email | None = None
    password: Password


class SignUpBody(SetUp):
    """A new user."""

    invitation: Annotated[str, StringConstraints(max_length=128)] | None = Field(
        None, description="what the invitation's link ends with"
    )


class Login(Body):
    """A name, or an e-mail address, and its password."""

    name: Annotated[str, StringConstraints(max_length=255)]
    password: Password


class Refresh(Body):
    """A refresh token; it is good once."""

    refresh_token: Annotated[str, StringConstraints(max_length=4096)]


class TokenPair(Shown):
    """The tokens of a login."""

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105
    expires_in: int = Field(description="seconds that the access token is good for")


class InvitationSecret(Body):
    """What an invitation's link ends with."""

    invitation: Annotated[str, StringConstraints(max_length=128)]


class InvitationFor(BaseModel):
    """What an invitation is good for."""

    role: UserRole
    expires_at: datetime


class ResetSecret(Body):
    """What a reset link ends with."""

    secret: Annotated[str, StringConstraints(max_length=128)]


class ResetPassword(ResetSecret):
    """The same, and the password that is chosen."""

    password: Password


class ResetFor(BaseModel):
    """Whose link it is."""

    name: str
    expires_at: datetime


class Leave(Body):
    """One's password; one's name where one has no password."""

    password: Password = SecretStr("")
    name: Annotated[str, StringConstraints(max_length=64)] = ""


class ChangeProfile(Body):
    """Fields left out stay as they are; an empty `email` is forgotten."""

    name: Name | None = None
    email: Email | None = None


class ChangePassword(Body):
    """The password one has, and the new one. Without one, `old_password` is empty."""

    old_password: Password
    new_password: Password


class Session(Shown):
    """A login."""

    id: str
    kind: SessionKind
    user_agent: str
    address: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    current: bool = Field(description="the one that asks")

    @classmethod
    def of(cls, session: StoredSession, current: str | None) -> Self:
        """Return `session` as it is shown."""
        return cls(
            id=session.id,
            kind=session.kind,
            user_agent=session.user_agent,
            address=session.address,
            created_at=session.created_at,
            seen_at=session.seen_at,
            expires_at=session.expires_at,
            current=session.id == current,
        )


class Key(Shown):
    """An API key; the key itself is not shown."""

    id: str
    name: str
    prefix: str = Field(description="how the key begins")
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None

    @classmethod
    def of(cls, key: ApiKey) -> Self:
        """Return `key` as it is shown."""
        return cls.model_validate(key)


class NewKey(Body):
    """A key to make."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))]
    expires_at: AwareDatetime | None = Field(None, description="null: never")


class MadeKey(Key):
    """A new key, shown this once."""

    key: str


class InvitationShown(Shown):
    """An invitation."""

    id: str
    role: UserRole
    note: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    used_by: str | None


class NewInvitation(Body):
    """An invitation to make."""

    role: UserRole = UserRole.USER
    expires_in_hours: Annotated[int, Field(ge=1, le=24 * 90)] = 72
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=255)] = ""


class MadeInvitation(InvitationShown):
    """A new invitation, with what its link ends with: shown this once."""

    secret: str
    path: str = Field(description="the link, below the server's address")
