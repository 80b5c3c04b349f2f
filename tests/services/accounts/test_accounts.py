"""How users come, what is done with them, and who is calling."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from stellarchat.core.accounts import AccountEvent, Scope, User, UserRole
from stellarchat.core.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    LoginFailed,
    NotFound,
    StellarChatError,
    TooManyRequests,
    Unauthorized,
)
from stellarchat.services.accounts.accounts import PER_ACCOUNT, SignUp
from stellarchat.services.accounts.reception import Reception
from stellarchat.store import Store
from tests.store.samples import add_chat
from tests.waiting import eventually

PASSWORD = "correct horse"


@pytest.fixture
async def desk(store: Store, tmp_path: Path) -> AsyncIterator[Reception]:
    made = Reception(store, tmp_path, on=True)
    await made.open()
    yield made
    await made.close()


async def admin(desk: Reception) -> User:
    return await desk.accounts.set_up("Ada", "ada@example.org", PASSWORD)


async def member(desk: Reception, name: str = "Bob") -> User:
    return await desk.accounts.create(name, None, PASSWORD, UserRole.USER)


async def outcomes(*calls: object) -> list[object]:
    return await asyncio.gather(*calls, return_exceptions=True)  # type: ignore[call-overload,no-any-return]


async def test_the_first_visit_makes_the_administrator_once(desk: Reception, store: Store) -> None:
    chat = await add_chat(store, "local", title="from before")
    assert await desk.accounts.empty()
    found = await outcomes(*(desk.accounts.set_up(f"u{n}", None, PASSWORD) for n in range(4)))
    made = [one for one in found if isinstance(one, User)]
    assert [one.role for one in made] == [UserRole.ADMIN]
    assert sum(isinstance(one, Conflict) for one in found) == 3
    assert not await desk.accounts.empty()
    async with store.read() as tx:
        assert (await tx.chats.get(made[0].id, chat.id)).title == "from before"


@pytest.mark.parametrize(
    ("name", "email", "password", "param"),
    [
        ("", None, PASSWORD, "name"),
        ("x" * 65, None, PASSWORD, "name"),
        ("a\u200bb", None, PASSWORD, "name"),
        ("a\nb", None, PASSWORD, "name"),
        ("Local", None, PASSWORD, "name"),
        ("ada", "nonsense", PASSWORD, "email"),
        ("ada", "a b@c.d", PASSWORD, "email"),
        ("ada", None, "short", "password"),
        ("ada", None, "aaaaaaaaaa", "password"),
        ("ada", None, "\ud800 alone here", "password"),
        ("ada", None, "a\x00b zero inside", "password"),
        ("ada", "\ufdfa" * 60 + "@x.org", PASSWORD, "email"),
        ("ada", None, "Password1", "password"),
        ("ada", None, "x" * 300, "password"),
    ],
)
async def test_what_cannot_be_is_refused_by_its_field(
    desk: Reception, name: str, email: str | None, password: str, param: str
) -> None:
    with pytest.raises(BadRequest) as caught:
        await desk.accounts.set_up(name, email, password)
    assert caught.value.param == param


async def test_signing_up_as_far_as_it_is_open(desk: Reception) -> None:
    ada = await admin(desk)
    for mode, expected in (
        (SignUp.CLOSED, Forbidden),
        (SignUp.INVITATION, Forbidden),
        (SignUp.OPEN, None),
    ):
        desk.accounts.sign_up = mode
        if expected is not None:
            with pytest.raises(expected):
                await desk.accounts.register("Eve", None, PASSWORD, invitation=None)
        else:
            eve = await desk.accounts.register("Eve", None, PASSWORD, invitation=None)
            assert eve.role is UserRole.USER
    with pytest.raises(Conflict) as taken:
        await desk.accounts.register("EVE", None, PASSWORD, invitation=None)
    assert taken.value.param == "name"
    desk.accounts.sign_up = SignUp.CLOSED
    _, secret = await desk.invitations.create(ada.id, UserRole.ADMIN, timedelta(hours=1), "for Bob")
    assert (await desk.invitations.look(secret)).note == "for Bob"
    found = await outcomes(
        *(desk.accounts.register(f"b{n}", None, PASSWORD, invitation=secret) for n in range(3))
    )
    assert [one.role for one in found if isinstance(one, User)] == [UserRole.ADMIN]
    assert sum(isinstance(one, Forbidden) for one in found) == 2
    assert len(await desk.accounts.list()) == 3
    for bad in (secret, "nonsense", ""):
        with pytest.raises(Forbidden):
            await desk.invitations.look(bad)


async def test_logging_in_by_name_or_address(desk: Reception) -> None:
    ada = await admin(desk)
    for login in ("ada", "ADA", "Ada@Example.org"):
        assert (await desk.accounts.log_in(login, PASSWORD)).id == ada.id
    for login, password in (
        ("ada", "wrong"),
        ("eve", PASSWORD),
        ("", ""),
        ("ada", PASSWORD + "x" * 300),
        ("ada", "\ud800"),
    ):
        with pytest.raises(LoginFailed) as caught:
            await desk.accounts.log_in(login, password)
        assert caught.value.message == "The name or the password is wrong."
    await member(desk)
    bob = await desk.accounts.find("bob")
    assert bob is not None
    await desk.accounts.suspend(bob.id, actor_id=ada.id)
    with pytest.raises(Forbidden):
        await desk.accounts.log_in("bob", PASSWORD)


async def test_guessing_is_stopped_per_account_also_where_there_is_none(desk: Reception) -> None:
    await admin(desk)
    for name in ("ada", "nobody"):
        tries = await outcomes(
            *(desk.accounts.log_in(name, "wrong", address=f"192.0.2.{n}") for n in range(PER_ACCOUNT[0] + 1))
        )
        refused = [one for one in tries if isinstance(one, TooManyRequests)]
        assert len(refused) == 1
        assert refused[0].retry_after
    with pytest.raises(TooManyRequests):
        await desk.accounts.log_in("ada", PASSWORD)


async def test_guessing_is_stopped_per_address(desk: Reception) -> None:
    await admin(desk)
    names = [f"user{n}" for n in range(31)]
    tries = await outcomes(*(desk.accounts.log_in(one, "wrong", address="192.0.2.1") for one in names))
    assert sum(isinstance(one, TooManyRequests) for one in tries) == 1
    assert (await desk.accounts.log_in("ada", PASSWORD, address="192.0.2.2")).name == "Ada"


async def test_the_last_administrator_stays(desk: Reception) -> None:
    ada = await admin(desk)
    for change in (
        desk.accounts.remove(ada.id, actor_id=None),
        desk.accounts.suspend(ada.id, actor_id=None),
        desk.accounts.set_role(ada.id, UserRole.USER, actor_id=None),
    ):
        with pytest.raises(Conflict):
            await change
    bob = await member(desk)
    await desk.accounts.set_role(bob.id, UserRole.ADMIN, actor_id=ada.id)
    await desk.accounts.remove(ada.id, actor_id=bob.id)
    with pytest.raises(NotFound):
        await desk.accounts.get(ada.id)


async def test_a_new_password_ends_the_other_logins(desk: Reception) -> None:
    ada = await admin(desk)
    here = await desk.sessions.begin(ada)
    there = await desk.sessions.begin(ada)
    pair = await desk.sessions.issue(ada)
    me = await desk.callers.identify(here.encode(), cookie=True)
    with pytest.raises(Forbidden):
        await desk.accounts.change_password(ada.id, "wrong", "another horse", session_id=me.session_id)
    await desk.accounts.change_password(ada.id, PASSWORD, "another horse", session_id=me.session_id)
    assert (await desk.callers.identify(here.encode(), cookie=True)).user_id == ada.id
    with pytest.raises(Unauthorized):
        await desk.callers.identify(there.encode(), cookie=True)
    with pytest.raises(Unauthorized):
        await desk.callers.identify(pair.access_token.encode())
    with pytest.raises(Unauthorized):
        await desk.sessions.renew(pair.refresh_token)
    assert await desk.accounts.log_in("ada", "another horse")


async def test_a_refresh_token_that_was_copied_ends_its_login(desk: Reception) -> None:
    ada = await admin(desk)
    first = await desk.sessions.issue(ada)
    other = await desk.sessions.issue(ada)
    second = await desk.sessions.renew(first.refresh_token)
    assert (await desk.callers.identify(second.access_token.encode())).user_id == ada.id
    with pytest.raises(Unauthorized):
        await desk.sessions.renew(first.refresh_token)
    for token in (first.access_token, second.access_token):
        with pytest.raises(Unauthorized):
            await desk.callers.identify(token.encode())
    with pytest.raises(Unauthorized):
        await desk.sessions.renew(second.refresh_token)
    assert (await desk.callers.identify(other.access_token.encode())).user_id == ada.id


async def test_credentials_are_good_in_their_own_place_only(desk: Reception) -> None:
    ada = await admin(desk)
    cookie = await desk.sessions.begin(ada)
    _, key = await desk.keys.create(ada.id, "k", [Scope.CHAT])
    pair = await desk.sessions.issue(ada)
    await desk.callers.identify(cookie.encode(), cookie=True)
    await desk.callers.identify(key.encode())
    for credential, in_cookie in (
        (cookie, False),
        (key, True),
        (pair.access_token, True),
        (pair.refresh_token, False),
    ):
        assert desk.callers.known(credential.encode(), cookie=in_cookie) is None
        with pytest.raises(Unauthorized):
            await desk.callers.identify(credential.encode(), cookie=in_cookie)


async def test_a_known_key_costs_no_read_and_a_revoked_one_is_forgotten(desk: Reception) -> None:
    ada = await admin(desk)
    key, secret = await desk.keys.create(ada.id, "k", [Scope.CHAT])
    assert desk.callers.known(secret.encode()) is None
    caller = await desk.callers.identify(secret.encode())
    assert (caller.user_id, caller.key_id, caller.scopes) == (ada.id, key.id, {Scope.CHAT})
    assert desk.callers.known(secret.encode()) is caller
    await desk.keys.revoke(ada.id, key.id)
    assert desk.callers.known(secret.encode()) is None
    with pytest.raises(Unauthorized):
        await desk.callers.identify(secret.encode())


async def test_keys_have_the_scopes_of_their_owner(desk: Reception) -> None:
    ada = await admin(desk)
    bob = await member(desk)
    with pytest.raises(Forbidden):
        await desk.keys.create(bob.id, "k", [Scope.ADMIN])
    with pytest.raises(BadRequest):
        await desk.keys.create(ada.id, "k", [])
    for until in (datetime.now(UTC), datetime.now(UTC) + timedelta(days=4000)):
        with pytest.raises(BadRequest):
            await desk.keys.create(ada.id, "k", [Scope.CHAT], until)
    await desk.accounts.set_role(bob.id, UserRole.ADMIN, actor_id=ada.id)
    _, secret = await desk.keys.create(bob.id, "k", [Scope.ADMIN])
    assert (await desk.callers.identify(secret.encode())).is_admin
    await desk.accounts.set_role(bob.id, UserRole.USER, actor_id=ada.id)
    demoted = await desk.callers.identify(secret.encode())
    assert (demoted.is_admin, demoted.scopes) == (False, frozenset())


async def test_an_expired_key_is_refused_and_its_socket_closed(desk: Reception) -> None:
    ada = await admin(desk)
    until = datetime.now(UTC) + timedelta(seconds=1)
    _, secret = await desk.keys.create(ada.id, "k", [Scope.CHAT], until)
    gone = asyncio.Event()
    caller = await desk.callers.identify(secret.encode())
    desk.callers.watch(caller, gone.set)
    await asyncio.wait_for(gone.wait(), 10)
    assert desk.callers.known(secret.encode()) is None
    with pytest.raises(Unauthorized):
        await desk.callers.identify(secret.encode())


async def test_whoever_is_served_hears_of_the_end(desk: Reception, store: Store, tmp_path: Path) -> None:
    ada = await admin(desk)
    bob = await member(desk)
    heard: list[str] = []

    async def watch(name: str) -> None:
        secret = await desk.sessions.begin(bob)
        caller = await desk.callers.identify(secret.encode(), cookie=True)
        desk.callers.watch(caller, lambda: heard.append(name))

    await watch("suspended")
    hers = await desk.callers.identify((await desk.sessions.begin(ada)).encode(), cookie=True)
    desk.callers.watch(hers, lambda: heard.append("ada"))
    await desk.accounts.suspend(bob.id, actor_id=ada.id)
    assert heard == ["suspended"]
    await desk.accounts.resume(bob.id, actor_id=ada.id)
    await watch("promoted")
    await desk.accounts.set_role(bob.id, UserRole.ADMIN, actor_id=ada.id)
    assert heard == ["suspended", "promoted"]
    await watch("elsewhere")
    # another process, the command line, on the same database
    other = Reception(store, tmp_path, on=False)
    await other.accounts.remove(bob.id, actor_id=None)
    await eventually(lambda: heard == ["suspended", "promoted", "elsewhere"])


async def test_all_that_happens_is_told_without_secrets(desk: Reception) -> None:
    heard: list[AccountEvent] = []
    desk.accounts.on_event += [heard.append, lambda event: 1 / 0]
    ada = await admin(desk)
    await desk.accounts.log_in("ada", PASSWORD, address="192.0.2.1")
    with pytest.raises(StellarChatError):
        await desk.accounts.log_in("ada", "wrong horse")
    await desk.accounts.set_password(ada.id, "another horse", actor_id=None)
    assert [one.kind for one in heard] == ["user.created", "login", "login.failed", "password.changed"]
    assert "horse" not in repr(heard)


async def test_an_identity_of_elsewhere_makes_a_user_of_its_own(desk: Reception) -> None:
    ada = await admin(desk)
    with pytest.raises(Forbidden):
        await desk.accounts.recognise(None, "Ada", "ada@example.org")
    eve = await desk.accounts.recognise(None, "Ada", "ada@example.org", admit=True)
    assert (eve.id != ada.id, eve.name, eve.email, eve.role) == (True, "Ada-2", None, UserRole.USER)
    assert (await desk.accounts.recognise(eve.id, "whatever", None)).id == eve.id
    with pytest.raises(LoginFailed):
        await desk.accounts.log_in("Ada-2", "")
    await desk.accounts.suspend(eve.id, actor_id=ada.id)
    with pytest.raises(Forbidden):
        await desk.accounts.recognise(eve.id, "Ada", None)


async def test_a_link_gives_another_password_once(desk: Reception) -> None:
    heard: list[AccountEvent] = []
    ada = await admin(desk)
    bob = await member(desk)
    cookie = await desk.sessions.begin(bob)
    desk.accounts.on_event.append(heard.append)
    _, earlier = await desk.resets.create(bob.id, actor_id=ada.id)
    link, secret = await desk.resets.create(bob.id, timedelta(hours=2), actor_id=ada.id)
    assert secret not in repr(link)
    assert (await desk.resets.look(secret))[1].id == bob.id
    for wrong in (earlier, "made up", ""):
        with pytest.raises(Forbidden):
            await desk.resets.use(wrong, "another horse")
    with pytest.raises(BadRequest):
        await desk.resets.use(secret, "short")  # and it is still good
    tries = await outcomes(*(desk.resets.use(secret, f"another horse {n}") for n in range(2)))
    assert sorted(type(one).__name__ for one in tries) == ["Forbidden", "User"]
    with pytest.raises(Unauthorized):
        await desk.callers.identify(cookie.encode(), cookie=True)
    number = next(n for n, one in enumerate(tries) if not isinstance(one, Exception))
    assert (await desk.accounts.log_in("bob", f"another horse {number}")).id == bob.id
    assert [one.kind for one in heard] == ["password.link", "password.link", "password.changed", "login"]
    assert (heard[0].user_id, heard[0].actor_id, heard[2].detail) == (bob.id, ada.id, {"how": "link"})
    assert "horse" not in repr(heard)
    assert secret not in repr(heard)


async def test_a_link_ends_with_time_with_another_password_and_with_suspension(
    desk: Reception, store: Store
) -> None:
    await admin(desk)
    bob = await member(desk)
    for lasts in (timedelta(seconds=1), timedelta(days=8)):
        with pytest.raises(BadRequest):
            await desk.resets.create(bob.id, lasts, actor_id=None)
    link, secret = await desk.resets.create(bob.id, actor_id=None)
    await desk.accounts.set_password(bob.id, "another horse", actor_id=None)
    with pytest.raises(Forbidden):
        await desk.resets.look(secret)
    link, secret = await desk.resets.create(bob.id, actor_id=None)
    await desk.accounts.suspend(bob.id, actor_id=None)
    for refused in (desk.resets.look(secret), desk.resets.create(bob.id, actor_id=None)):
        with pytest.raises(Forbidden):
            await refused
    await desk.accounts.resume(bob.id, actor_id=None)
    async with store.transaction() as tx:
        await tx.reset_links.put(msgspec.structs.replace(link, expires_at=datetime.now(UTC)))
    with pytest.raises(Forbidden):
        await desk.resets.use(secret, "another horse")


async def test_whoever_leaves_takes_all_along_and_the_last_administrator_stays(
    desk: Reception, store: Store
) -> None:
    leaving: list[str] = []
    desk.accounts.on_leaving.append(leaving.append)
    ada = await admin(desk)
    bob = await member(desk)
    eve = await desk.accounts.recognise(None, "Eve", None, admit=True)
    chat = await add_chat(store, bob.id)
    _, key = await desk.keys.create(bob.id, "k", [Scope.CHAT])
    with pytest.raises(Conflict) as last:
        await desk.accounts.leave(ada.id, PASSWORD, "")
    assert last.value.remedy == "Make another user an administrator first."
    for user, password, name in (
        (bob, "wrong horse", "Bob"),
        (bob, "", "Bob"),
        (eve, "", ""),
        (eve, "", "Bob"),
    ):
        with pytest.raises(Forbidden):
            await desk.accounts.leave(user.id, password, name)
    assert leaving == []
    await desk.accounts.leave(bob.id, PASSWORD, "")
    await desk.accounts.leave(eve.id, "", "eve")
    assert leaving == [bob.id, eve.id]
    assert [one.name for one in await desk.accounts.list()] == ["Ada"]
    with pytest.raises(Unauthorized):
        await desk.callers.identify(key.encode())
    async with store.read() as tx:
        with pytest.raises(NotFound):
            await tx.chats.get(bob.id, chat.id)
