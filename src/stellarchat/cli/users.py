"""`stellarchat user` and `stellarchat key`: accounts, on the database itself.

They work while the server is off and while it runs: a running one hears of changes within half a second.
"""

import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any, TypeVar

import typer

from stellarchat.cli import common
from stellarchat.core.accounts import Scope, User, UserRole
from stellarchat.core.errors import NotFound

users = typer.Typer(help="Add, list, change and remove users.", no_args_is_help=True)
keys = typer.Typer(help="Create, list and revoke API keys.", no_args_is_help=True)

ACTOR = "command line"
"""Who did it, in the audit log: whoever may run commands here need not be a user."""

T = TypeVar("T")
Who = Annotated[str, typer.Argument(help="Name or e-mail address.")]
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]


@users.command("add")
def add_user(
    name: Annotated[str, typer.Argument(help="The name to log in with.")],
    email: Annotated[str | None, typer.Option(help="E-mail address, which logs in too.")] = None,
    admin: Annotated[bool, typer.Option("--admin", help="May run models and manage users.")] = False,
    password_stdin: PasswordStdin = False,
    data_dir: common.DataDir = None,
    config: common.ConfigFile = None,
) -> None:
    """Add a user; asks for the password. The first one must be an administrator."""
    password = _password(password_stdin)
    role = UserRole.ADMIN if admin else UserRole.USER
    user = _with(config, data_dir, lambda desk: desk.accounts.create(name, email, password, role))
    print(f"{user.name} can log in now.")


@users.command("list")
def list_users(
    as_json: common.AsJson = False, data_dir: common.DataDir = None, config: common.ConfigFile = None
) -> None:
    """List all users."""
    found: list[User] = _with(config, data_dir, lambda desk: desk.accounts.list())
    rows = [
        {
            "id": user.id,
            "name": user.name,
            "email": user.email,
            "role": user.role.value,
            "state": "suspended" if user.suspended_at else "active",
            "last_login": _moment(user.seen_at),
        }
        for user in found
    ]
    if as_json:
        common.show(rows)
        return
    common.table(
        ["NAME", "E-MAIL", "ROLE", "STATE", "LAST LOGIN"],
        [[row[key] for key in ("name", "email", "role", "state", "last_login")] for row in rows],
    )


@users.command("passwd")
def change_password(
    who: Who,
    password_stdin: PasswordStdin = False,
    data_dir: common.DataDir = None,
    config: common.ConfigFile = None,
) -> None:
    """Give a user another password, where it was lost; all their logins end."""
    password = _password(password_stdin)

    async def change(desk: Any) -> User:
        user = await _find(desk, who)
        await desk.accounts.set_password(user.id, password, actor_id=None)
        return user

    print(f"{_with(config, data_dir, change).name} has another password, and is logged out everywhere.")


@users.command("reset")
def make_reset_link(
    who: Who,
    hours: Annotated[int, typer.Option("--hours", min=1, max=168, help="How long it is good for.")] = 24,
    url: Annotated[
        str | None, typer.Option("--url", help="How people reach this server; default: by the settings.")
    ] = None,
    data_dir: common.DataDir = None,
    config: common.ConfigFile = None,
) -> None:
    """Print a link with which a user chooses another password, once; an earlier one is void."""

    async def make(desk: Any) -> str:
        user = await _find(desk, who)
        _, secret = await desk.resets.create(user.id, timedelta(hours=hours), actor_id=None)
        return str(secret)

    secret = _with(config, data_dir, make)
    if url is None:
        settings = common.load(config, data_dir=data_dir).settings
        url = settings.oidc.public_url or f"http://{settings.host}:{settings.port}"
    print(f"{url.rstrip('/')}/reset#{secret}")


@users.command("suspend")
def suspend_user(who: Who, data_dir: common.DataDir = None, config: common.ConfigFile = None) -> None:
    """Let a user in no more; what is theirs stays."""
    user = _with(config, data_dir, lambda desk: _changed(desk, who, desk.accounts.suspend))
    print(f"{user.name} is suspended.")


@users.command("resume")
def resume_user(who: Who, data_dir: common.DataDir = None, config: common.ConfigFile = None) -> None:
    """Let a suspended user in again."""
    user = _with(config, data_dir, lambda desk: _changed(desk, who, desk.accounts.resume))
    print(f"{user.name} can log in again.")


@users.command("role")
def change_role(
    who: Who,
    role: Annotated[UserRole, typer.Argument(help="admin or user.")],
    data_dir: common.DataDir = None,
    config: common.ConfigFile = None,
) -> None:
    """Make a user an administrator, or one no more."""

    async def change(desk: Any) -> User:
        user = await _find(desk, who)
        changed: User = await desk.accounts.set_role(user.id, role, actor_id=None)
        return changed

    print(f"{_with(config, data_dir, change).name} is {role.value} now.")


@users.command("rm")
def remove_user(
    who: Who,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    data_dir: common.DataDir = None,
    config: common.ConfigFile = None,
) -> None:
    """Remove a user with all their chats, files, keys and settings."""
    if not yes and not typer.confirm(f"Remove {who} and everything of theirs for good?"):
        raise typer.Exit(common.FAILED)

    async def remove(desk: Any) -> User:
        user = await _find(desk, who)
        await desk.accounts.remove(user.id, actor_id=None)
        return user

    print(f"{_with(config, data_dir, remove).name} is removed.")


@keys.command("create")
def create_key(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    user: Annotated[str, typer.Option("--user", help="Whose key it is: name or e-mail address.")],
    scope: Annotated[
        list[Scope] | None, typer.Option("--scope", help="What it is good for, several times; default: chat.")
    ] = None,
    days: Annotated[int | None, typer.Option("--days", min=1, help="Days until it expires.")] = None,
    data_dir: common.DataDir = None,
    config: common.ConfigFile = None,
) -> None:
    """Create a key and print it, this once."""
    until = None if days is None else datetime.now(UTC) + timedelta(days=days)

    async def create(desk: Any) -> str:
        owner = await _find(desk, user)
        _, secret = await desk.keys.create(owner.id, name, scope or [Scope.CHAT], until)
        return str(secret)

    print(_with(config, data_dir, create))


@keys.command("list")
def list_keys(
    as_json: common.AsJson = False, data_dir: common.DataDir = None, config: common.ConfigFile = None
) -> None:
    """List everybody's keys. The keys themselves are not kept."""

    async def look(desk: Any) -> list[dict[str, Any]]:
        names = {user.id: user.name for user in await desk.accounts.list()}
        return [
            {
                "id": key.id,
                "user": names.get(key.user_id, ""),
                "name": key.name,
                "prefix": key.prefix,
                "scopes": [scope.value for scope in key.scopes],
                "expires": _moment(key.expires_at),
                "last_used": _moment(key.used_at),
            }
            for key in await desk.keys.list()
        ]

    rows = _with(config, data_dir, look)
    if as_json:
        common.show(rows)
        return
    common.table(
        ["KEY", "USER", "NAME", "SCOPES", "EXPIRES", "LAST USED"],
        [
            [
                f"{row['prefix']}…",
                row["user"],
                row["name"],
                " ".join(row["scopes"]),
                row["expires"] or "never",
                row["last_used"] or "never",
            ]
            for row in rows
        ],
    )


@keys.command("revoke")
def revoke_key(
    key: Annotated[str, typer.Argument(help="How the key begins, or its id.")],
    data_dir: common.DataDir = None,
    config: common.ConfigFile = None,
) -> None:
    """Revoke a key: it is good for nothing from now on."""
    wanted = key.rstrip("…")

    async def revoke(desk: Any) -> str:
        found = [one for one in await desk.keys.list() if wanted in (one.id, one.prefix)]
        if len(found) != 1:
            raise NotFound(
                f"There is no key {wanted[:16]!r}." if not found else "Several keys begin like that.",
                remedy="Name it by its id: stellarchat key list --json",
            )
        await desk.keys.revoke(found[0].user_id, found[0].id)
        return str(found[0].name)

    print(f"The key {_with(config, data_dir, revoke)!r} is revoked.")


def _with(config: Any, data_dir: Any, work: Callable[[Any], Awaitable[T]]) -> T:
    """Do something with the services of accounts on the settings' database."""
    settings = common.load(config, data_dir=data_dir).settings
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    # imported here: help and completion do without it
    from stellarchat.services.accounts.reception import Reception
    from stellarchat.services.administration.audit import Audit
    from stellarchat.store.database import Store

    async def run() -> T:
        store = Store(settings.database)
        await store.open()
        try:
            desk, audit = Reception(store, settings.data_dir, on=False), Audit(store)
            note = partial(audit.account, user_name=ACTOR, login=_login())
            desk.accounts.on_event.append(note)
            done = await work(desk)
            await audit.flush()
            return done
        finally:
            await store.close()

    with common.failing():
        return asyncio.run(run())


async def _find(desk: Any, who: str) -> User:
    user: User | None = await desk.accounts.find(who)
    if user is None:
        raise NotFound(f"There is no user {who[:64]!r}.", remedy="See: stellarchat user list")
    return user


async def _changed(desk: Any, who: str, change: Callable[..., Awaitable[User]]) -> User:
    return await change((await _find(desk, who)).id, actor_id=None)


def _login() -> str:
    """Return who is at the command line, as far as the system knows."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.strftime("%Y-%m-%d %H:%M")
