"""Routes of users, for administrators."""

from datetime import datetime, timedelta
from typing import Annotated, Self

from fastapi import Depends, Query, Response
from pydantic import BaseModel, Field, SecretStr, StringConstraints

from stellarchat.api import deps
from stellarchat.api.routes import Routes
from stellarchat.api.turns import Body
from stellarchat.core.accounts import UserRole
from stellarchat.core.errors import Conflict, Forbidden
from stellarchat.core.quotas import Quota
from stellarchat.services.accounts.accounts import Accounts
from stellarchat.services.accounts.reception import Reception
from stellarchat.services.administration.people import People, Person

router = Routes(prefix="/api/users", tags=["administration"])

Admin = Annotated[str, Depends(deps.admin)]
PeopleDep = Annotated[People, Depends(deps.people)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Email = Annotated[str, StringConstraints(strip_whitespace=True, max_length=255)]
Password = Annotated[SecretStr, Field(max_length=1024)]
Requests = Annotated[int, Field(ge=0, le=1_000_000)]
Tokens = Annotated[int, Field(ge=0, le=1 << 52)]
Concurrent = Annotated[int, Field(ge=0, le=10_000)]


async def accounts(admin: Admin, reception: Annotated[Reception, Depends(deps.reception)]) -> Accounts:
    """Users. Raises Conflict where there are none."""
    if not reception.on:
        raise Conflict(
            "Accounts are off.",
            remedy="Start the server with the setting `auth` set to `on`.",
            sentence="accounts_off",
        )
    return reception.accounts


AccountsDep = Annotated[Accounts, Depends(accounts)]


class UserLimits(Body):
    """Limits of one user: null is as usual, 0 lifts the usual limit."""

    requests_per_minute: Requests | None = None
    tokens_per_day: Tokens | None = None
    concurrent: Concurrent | None = None

    @classmethod
    def of(cls, quota: Quota) -> Self:
        """Return limits as they are shown."""
        return cls(
            requests_per_minute=quota.requests_per_minute,
            tokens_per_day=quota.tokens_per_day,
            concurrent=quota.concurrent,
        )


class NewUser(Body):
    """A user whom an administrator makes."""

    name: Name
    email: Email | None = None
    password: Password
    role: UserRole = UserRole.USER


class UserChange(Body):
    """What is to be changed of a user; what is left out stays."""

    name: Name | None = None
    email: Email | None = Field(None, description="an empty one is forgotten")
    role: UserRole | None = None
    suspended: bool | None = None


class NewPassword(Body):
    """Another password; all logins of the user end."""

    password: Password


class NewReset(Body):
    """A reset link to make."""

    expires_in_hours: Annotated[int, Field(ge=1, le=24 * 7)] = 24


class MadeReset(BaseModel):
    """A new reset link, shown this once."""

    secret: str
    path: str = Field(description="the link, below the server's address")
    expires_at: datetime


class Account(BaseModel):
    """A user as administrators see them."""

    id: str
    name: str
    email: str | None
    role: UserRole
    has_password: bool
    suspended_at: datetime | None
    created_at: datetime
    seen_at: datetime | None
    chats: int
    requests: int = Field(description="to models, in all")
    tokens: int = Field(description="read and written, in all")
    tokens_today: int
    limits: UserLimits = Field(description="the user's own")
    effective_limits: UserLimits = Field(description="those that hold; null is none")

    @classmethod
    def of(cls, person: Person) -> Self:
        """Return a user as they are shown."""
        user = person.user
        return cls(
            id=user.id,
            name=user.name,
            email=user.email,
            role=user.role,
            has_password=user.password_hash is not None,
            suspended_at=user.suspended_at,
            created_at=user.created_at,
            seen_at=user.seen_at,
            chats=person.chats,
            requests=person.used.requests,
            tokens=person.used.tokens,
            tokens_today=person.used_today,
            limits=UserLimits.of(person.quota),
            effective_limits=UserLimits.of(person.limits),
        )


class AccountList(BaseModel):
    """Users by name. `usual_limits` are those of everybody without their own."""

    items: list[Account]
    usual_limits: UserLimits


@router.get("")
async def list_users(
    admin: Admin,
    people: PeopleDep,
    q: Annotated[str, Query(max_length=200, description="in the name or the e-mail address")] = "",
    role: UserRole | None = None,
) -> AccountList:
    """All users."""
    found = await people.all(q, role)
    return AccountList(items=[Account.of(one) for one in found], usual_limits=UserLimits.of(people.usual))


@router.post("", status_code=201)
async def create_user(admin: Admin, found: AccountsDep, people: PeopleDep, body: NewUser) -> Account:
    """Make a user."""
    user = await found.create(
        body.name, body.email, body.password.get_secret_value(), body.role, actor_id=admin
    )
    return Account.of(await people.get(user.id))


@router.get("/{user_id}")
async def read_user(found: AccountsDep, people: PeopleDep, user_id: str) -> Account:
    """One user."""
    return Account.of(await people.get(user_id))


@router.patch("/{user_id}")
async def change_user(
    admin: Admin, found: AccountsDep, people: PeopleDep, user_id: str, body: UserChange
) -> Account:
    """Change a user: name, e-mail address, role; suspend them or let them in again."""
    if body.suspended and user_id == admin:
        raise Forbidden(
            "You cannot suspend yourself.",
            param="suspended",
            remedy="Ask another administrator.",
            sentence="user_self_suspend",
        )
    if body.name is not None or body.email is not None:
        await found.change_profile(user_id, actor_id=admin, name=body.name, email=body.email)
    if body.role is not None:
        await found.set_role(user_id, body.role, actor_id=admin)
    if body.suspended is not None:
        await (found.suspend if body.suspended else found.resume)(user_id, actor_id=admin)
    return Account.of(await people.get(user_id))


@router.put("/{user_id}/password", status_code=204)
async def set_password(admin: Admin, found: AccountsDep, user_id: str, body: NewPassword) -> Response:
    """Give a user another password."""
    await found.set_password(user_id, body.password.get_secret_value(), actor_id=admin)
    return Response(status_code=204)


@router.post("/{user_id}/reset-link", status_code=201)
async def create_reset_link(
    admin: Admin,
    found: AccountsDep,
    reception: Annotated[Reception, Depends(deps.reception)],
    user_id: str,
    body: NewReset,
    response: Response,
) -> MadeReset:
    """Make a link with which a user chooses another password. What it ends with is shown this once."""
    lasts = timedelta(hours=body.expires_in_hours)
    link, secret = await reception.resets.create(user_id, lasts, actor_id=admin)
    response.headers["cache-control"] = "no-store"
    # behind the #, so that it is in no log of a server
    return MadeReset(secret=secret, path=f"/reset#{secret}", expires_at=link.expires_at)


@router.put("/{user_id}/limits")
async def set_limits(found: AccountsDep, people: PeopleDep, user_id: str, body: UserLimits) -> Account:
    """Set a user's own limits, all at once."""
    quota = Quota(
        requests_per_minute=body.requests_per_minute,
        tokens_per_day=body.tokens_per_day,
        concurrent=body.concurrent,
    )
    return Account.of(await people.limit(user_id, quota))


@router.delete("/{user_id}", status_code=204)
async def delete_user(admin: Admin, found: AccountsDep, user_id: str) -> Response:
    """Remove a user and everything of theirs."""
    if user_id == admin:
        raise Forbidden(
            "You cannot remove yourself.",
            param="user_id",
            remedy="Ask another administrator.",
            sentence="user_self_remove",
        )
    await found.remove(user_id, actor_id=admin)
    return Response(status_code=204)
