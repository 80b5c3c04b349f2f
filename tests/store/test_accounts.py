"""Users, logins, keys and invitations, and what is whose."""

import asyncio

import pytest
import sqlalchemy as sa

from stellarchat.core.accounts import (
    ApiKey,
    Invitation,
    ResetLink,
    Scope,
    Session,
    SessionKind,
    User,
    UserRole,
)
from stellarchat.core.errors import Conflict, NotFound
from stellarchat.core.ids import new_id
from stellarchat.store import Store
from stellarchat.store.tables import metadata
from tests.store.samples import add_chat, answer, moment, said


def user(name: str, **fields: object) -> User:
    return User(id=new_id(), name=name, created_at=moment(0), updated_at=moment(0), **fields)  # type: ignore[arg-type]


async def added(store: Store, name: str, **fields: object) -> User:
    made = user(name, **fields)
    async with store.transaction() as tx:
        await tx.users.add(made)
    return made


async def test_users_are_found_by_name_and_address_however_written(store: Store) -> None:
    ada = await added(store, "Ada", email="Ada@Example.org", role=UserRole.ADMIN)
    async with store.read() as tx:
        assert (await tx.users.get(ada.id)).email == "Ada@Example.org"
        for login in ("ADA", "ada ", "ａda", "ada@example.ORG"):
            found = await tx.users.by_login(login)
            assert found is not None
            assert found.id == ada.id
        assert await tx.users.by_login("eve") is None
        assert [one.name for one in await tx.users.list()] == ["Ada"]
        assert (await tx.users.count(), await tx.users.count(admins=True)) == (1, 1)
        with pytest.raises(NotFound):
            await tx.users.get("nobody")


@pytest.mark.parametrize("other", [{"name": "ADA"}, {"name": "b", "email": "A@x.org"}])
async def test_two_users_are_not_written_alike(store: Store, other: dict[str, str]) -> None:
    await added(store, "ada", email="a@X.org")
    with pytest.raises(Conflict):
        await added(store, **other)
    await added(store, "bob")  # without an address, like others
    await added(store, "eve")


async def test_a_user_goes_with_everything_of_theirs(store: Store) -> None:
    ada, bob = await added(store, "ada"), await added(store, "bob")
    chats = {}
    for one in (ada, bob):
        chat = await add_chat(store, one.id, title="mine")
        question = said(chat.id, "?")
        async with store.transaction() as tx:
            await tx.messages.add(question)
            await tx.messages.add(answer(chat.id, question))
            await tx.settings.put(one.id, {"system_prompt": "x"})
            await tx.sessions.add(login(one))
        chats[one.id] = chat
    async with store.transaction() as tx:
        await tx.users.remove(ada.id)
        with pytest.raises(NotFound):
            await tx.users.remove(ada.id)
    async with store.read() as tx:
        for table in metadata.sorted_tables:
            if "user_id" in table.c and not table.info["outlives_user"]:
                query = sa.select(sa.func.count()).where(table.c.user_id == ada.id)
                row = await tx.users._row(query)
                assert row is not None
                assert row[0] == 0, table.name
        assert (await tx.chats.get(bob.id, chats[bob.id].id)).title == "mine"
        assert len(await tx.sessions.list(bob.id)) == 1


async def test_everything_changes_hands(store: Store) -> None:
    chat = await add_chat(store, "local", title="old")
    async with store.transaction() as tx:
        await tx.settings.put("local", {"system_prompt": "x"})
    ada = await added(store, "ada")
    async with store.transaction() as tx:
        await tx.users.hand_over("local", ada.id)
    async with store.read() as tx:
        assert (await tx.chats.get(ada.id, chat.id)).title == "old"
        assert await tx.settings.get(ada.id) == {"system_prompt": "x"}
        assert await tx.settings.get("local") == {}


async def test_each_revision_is_a_new_one(store: Store) -> None:
    async def revise() -> int:
        async with store.transaction() as tx:
            return await tx.users.revise()

    async with store.read() as tx:
        assert await tx.users.revision() == 0
    first = await revise()
    others = await asyncio.gather(*(revise() for _ in range(5)))
    assert sorted(others) == [first + step for step in range(1, 6)]


def login(owner: User, **fields: object) -> Session:
    return Session(
        **{  # type: ignore[arg-type]
            "id": new_id(),
            "user_id": owner.id,
            "kind": SessionKind.TOKEN,
            "created_at": moment(0),
            "seen_at": moment(0),
            "expires_at": moment(1000),
        }
        | fields
    )


async def test_a_login_is_renewed_once_per_generation(store: Store) -> None:
    ada = await added(store, "ada")
    session = login(ada)
    async with store.transaction() as tx:
        await tx.sessions.add(session)

    async def renew() -> bool:
        async with store.transaction() as tx:
            return await tx.sessions.renew(session.id, 0, moment(5), moment(2000))

    assert sorted(await asyncio.gather(*(renew() for _ in range(4)))) == [False, False, False, True]
    async with store.read() as tx:
        found = await tx.sessions.find(session_id=session.id)
    assert found is not None
    assert (found.generation, found.expires_at) == (1, moment(2000))


async def test_logins_end_one_by_one_and_all_at_once(store: Store) -> None:
    ada, bob = await added(store, "ada"), await added(store, "bob")
    cookie = login(ada, kind=SessionKind.BROWSER, digest="d" * 64)
    rest = [login(ada), login(ada), login(bob), login(ada, expires_at=moment(-1))]
    async with store.transaction() as tx:
        for one in (cookie, *rest):
            await tx.sessions.add(one)
        assert not await tx.sessions.end(bob.id, cookie.id)
        assert await tx.sessions.find(digest="d" * 64) == cookie
        await tx.sessions.purge(moment(0))
        assert len(await tx.sessions.list(ada.id)) == 3
        await tx.sessions.end_all(ada.id, but=cookie.id)
        assert [one.id for one in await tx.sessions.list(ada.id)] == [cookie.id]
        assert await tx.sessions.end(ada.id, cookie.id)
        assert len(await tx.sessions.list(bob.id)) == 1


async def test_keys_are_found_by_their_digest(store: Store) -> None:
    ada, bob = await added(store, "ada"), await added(store, "bob")
    key = ApiKey(
        id=new_id(),
        user_id=ada.id,
        name="k",
        prefix="sk-stellar-abcde",
        digest="e" * 64,
        scopes=(Scope.CHAT, Scope.READ),
        created_at=moment(0),
        expires_at=moment(9),
    )
    async with store.transaction() as tx:
        await tx.keys.add(key)
        await tx.keys.used(key.id, moment(3))
    async with store.transaction() as tx:
        found = await tx.keys.find(digest="e" * 64)
        assert found is not None
        assert (found.scopes, found.used_at) == ((Scope.CHAT, Scope.READ), moment(3))
        assert await tx.keys.list(bob.id) == []
        with pytest.raises(NotFound):
            await tx.keys.delete(bob.id, key.id)
        await tx.keys.delete(ada.id, key.id)
        assert await tx.keys.find(key_id=key.id) is None


async def test_an_invitation_is_used_once(store: Store) -> None:
    ada = await added(store, "ada")
    made = Invitation(
        id=new_id(),
        digest="f" * 64,
        role=UserRole.USER,
        created_by=ada.id,
        created_at=moment(0),
        expires_at=moment(100),
    )
    async with store.transaction() as tx:
        await tx.invitations.add(made)
        assert not await tx.invitations.use(made.id, "late", moment(101))

    async def use(who: str) -> bool:
        async with store.transaction() as tx:
            return await tx.invitations.use(made.id, who, moment(50))

    assert sorted(await asyncio.gather(*(use(str(number)) for number in range(4)))).count(True) == 1
    async with store.transaction() as tx:
        found = await tx.invitations.find("f" * 64)
        assert found is not None
        assert found.used_at == moment(50)
        await tx.invitations.delete(made.id)
        assert await tx.invitations.list() == []


async def test_a_user_has_one_reset_link_which_goes_with_them(store: Store) -> None:
    ada = await added(store, "ada")
    for letter in "ab":
        one = ResetLink(
            user_id=ada.id, digest=letter * 64, created_by=None, created_at=moment(0), expires_at=moment(9)
        )
        async with store.transaction() as tx:
            await tx.reset_links.put(one)
    async with store.transaction() as tx:
        assert await tx.reset_links.find("a" * 64) is None
        assert await tx.reset_links.find("b" * 64) == one
        await tx.reset_links.forget("nobody")
        await tx.users.remove(ada.id)
        assert await tx.reset_links.find("b" * 64) is None
