"""Tool servers, and what chats allowed their tools."""

from datetime import UTC, datetime, timedelta

from stellarchat.core.ids import new_id
from stellarchat.core.tools import Approval, Policy, ToolLogin, ToolPolicy, ToolServer, Transport
from stellarchat.store import Store
from tests.store.samples import add_chat, moment


def server(label: str = "files", **fields: object) -> ToolServer:
    given = {"id": new_id(), "name": "Files", "label": label, "transport": Transport.STDIO}
    given |= {"created_by": "ann", "created_at": moment(0), "updated_at": moment(0)}
    return ToolServer(**given | fields)  # type: ignore[arg-type]


async def test_servers_are_kept_with_their_sealed_secrets_and_policies(store: Store) -> None:
    one = server(
        command="python3",
        args=["-m", "服务", "--flag=a b"],
        sealed=bytes(range(256)),
        user_ids=["ann"],
        policies={"read": ToolPolicy(Policy.ALWAYS, "a" * 64), "rm": ToolPolicy(Policy.NEVER)},
        timeout_seconds=2.5,
    )
    other = server("web", transport=Transport.HTTP, url="https://x/mcp", created_at=moment(1))
    async with store.transaction() as tx:
        await tx.tools.save(other)
        await tx.tools.save(one)
        assert await tx.tools.servers() == [one, other]
        one.enabled, one.user_ids = False, None
        await tx.tools.save(one)
    async with store.transaction() as tx:
        assert await tx.tools.servers() == [one, other]
        assert await tx.tools.delete(one.id)
        assert not await tx.tools.delete(one.id)


async def test_approvals_go_with_their_chat_and_their_server(store: Store) -> None:
    chats = [await add_chat(store), await add_chat(store)]
    one, other = server(), server("web")

    def word(chat: int, server: ToolServer, digest: str = "a") -> Approval:
        return Approval(
            chat_id=chats[chat].id, server_id=server.id, tool="read", digest=digest, created_at=moment(0)
        )

    async with store.transaction() as tx:
        await tx.tools.save(one)
        await tx.tools.save(other)
        for approval in (word(0, one), word(0, one, "b"), word(0, other), word(1, one)):
            await tx.tools.approve(approval)
        found = await tx.tools.approved(chats[0].id)
        assert {(each.server_id, each.digest) for each in found} == {(one.id, "b"), (other.id, "a")}
        await tx.tools.delete(one.id)
        assert await tx.tools.approved(chats[0].id) == [word(0, other)]
        assert await tx.tools.approved(chats[1].id) == []
        assert await tx.tools.withdraw(chats[0].id) == 1
        await tx.tools.approve(word(0, other))
        await tx.chats.delete("ann", chats[0].id)
        await tx.chats.purge(datetime.now(UTC) + timedelta(minutes=1))
        assert await tx.tools.approved(chats[0].id) == []


async def test_logins_are_one_persons_and_go_with_them_and_with_their_server(store: Store) -> None:
    one, other = server("one"), server("other", oauth=True, client_id="x", client_sealed=b"\x00\xff")

    def login(server_id: str, user_id: str) -> ToolLogin:
        given = {"id": new_id(), "server_id": server_id, "user_id": user_id, "sealed": bytes(range(256))}
        return ToolLogin(**given, created_at=moment(0), updated_at=moment(0))  # type: ignore[arg-type]

    mine = login(one.id, "ann")
    async with store.transaction() as tx:
        for made in (one, other):
            await tx.tools.save(made)
        for kept in (mine, login(other.id, "ann"), login(one.id, "bob")):
            await tx.tools.keep_login(kept)
    async with store.transaction() as tx:
        assert other in await tx.tools.servers()
        assert await tx.tools.login(one.id, "ann") == mine
        assert await tx.tools.logins("ann") == {one.id, other.id}
        assert await tx.tools.forget_login(one.id, "ann")
        assert not await tx.tools.forget_login(one.id, "ann")
        await tx.tools.delete(other.id)
        assert await tx.tools.logins("ann") == set()
        assert await tx.tools.forget_logins(one.id) == 1
        assert await tx.tools.logins("bob") == set()
