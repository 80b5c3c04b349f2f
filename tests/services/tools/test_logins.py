"""Logins at tool servers (OAuth): each person's own, from the first consent to the last token."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from stellarchat.core.errors import BadRequest, Forbidden, StellarChatError, ToolLoginNeeded, ToolServerDown
from stellarchat.core.tools import ToolServer, Transport
from stellarchat.services.tools.servers import ToolServers
from tests.services.tools.test_servers import ask, holding, room
from tests.tool_server.login import Service, serving_login

BASE = "http://chat.test:8080"


@pytest.fixture
def service() -> Iterator[Service]:
    with serving_login() as running:
        yield running


@pytest.fixture
async def servers(tmp_path: Path, service: Service) -> AsyncIterator[ToolServers]:
    allow = [urlsplit(url).netloc for url in (service.resource, service.issuer)]
    async with room(tmp_path, *allow) as made:
        yield made


async def added(servers: ToolServers, service: Service, **fields: object) -> ToolServer:
    given = {"name": "Desk", "url": service.resource, "oauth": True, **fields}
    return (await servers.add("ann", Transport.HTTP, given)).server


async def connected(servers: ToolServers, service: Service, server: ToolServer, user: str = "ann") -> None:
    """Connect as a person does who agrees."""
    begun = await servers.logins.begin(server, user, BASE)
    back = urlsplit(service.agree(begun.location))
    assert back._replace(query="").geturl() == f"{BASE}/api/tools/callback"
    query = {name: one[0] for name, one in parse_qs(back.query).items()}
    found = await servers.logins.finish(
        user, begun.browser, state=query["state"], code=query["code"], issuer=None, error=""
    )
    assert found == server.id
    await servers.anew(server.id, user)


async def test_each_person_connects_for_themselves(
    servers: ToolServers, service: Service, tmp_path: Path
) -> None:
    """SECURITY: what a person's token opens is theirs alone, and it lies nowhere in the clear."""
    server = await added(servers, service)
    with pytest.raises(ToolLoginNeeded):
        await servers.connection(server, "ann").tools()
    with pytest.raises(ToolLoginNeeded):  # not "is tried again in a second"
        await servers.connection(server, "ann").tools()
    await connected(servers, service, server)
    assert [tool.name for tool in await servers.connection(server, "ann").tools()] == ["whoami"]
    assert await ask(servers.connection(server, "ann"), "whoami") == "you are known"
    assert (await servers.logins.of("ann"), await servers.logins.of("bob")) == ({server.id}, set())
    with pytest.raises(ToolLoginNeeded):
        await servers.connection(server, "bob").tools()
    for secret in (*service.tokens, *service.refreshes):
        assert holding(tmp_path, secret.encode()) == []
        assert not any(secret in line for line in servers.connection(server, "ann").logs.tail(100))
    (client,) = service.clients
    assert service.clients[client] is None

    await servers.log_out(server.id, "ann")
    assert len(service.revoked) == 1
    with pytest.raises(ToolLoginNeeded):
        await servers.connection(server, "ann").tools()


async def test_a_token_is_renewed_also_after_a_restart(
    servers: ToolServers, service: Service, tmp_path: Path
) -> None:
    """The token's end, and where it is renewed, are kept with it."""
    service.lasts = -10
    server = await added(servers, service)
    await connected(servers, service, server)
    allow = [urlsplit(url).netloc for url in (service.resource, service.issuer)]
    service.lasts = 3600
    async with room(tmp_path, *allow) as again:
        assert await ask(again.connection(server, "ann"), "whoami") == "you are known"
    assert service.grants == ["authorization_code", "refresh_token"]
    assert service.asked[-1] == "/token"


async def test_a_login_that_is_taken_back_asks_again(servers: ToolServers, service: Service) -> None:
    server = await added(servers, service)
    await connected(servers, service, server)
    connection = servers.connection(server, "ann")
    assert await ask(connection, "whoami") == "you are known"
    service.tokens.clear()
    service.refreshes.clear()
    with pytest.raises(ToolLoginNeeded) as lost:
        await ask(connection, "whoami")
    assert lost.value.message == "Desk wants you to log in."
    assert await servers.logins.of("ann") == set()
    await connected(servers, service, server)
    assert await ask(servers.connection(server, "ann"), "whoami") == "you are known"

    service.refreshes.clear()
    service.tokens.clear()
    service.lasts = -10
    await connected(servers, service, server)
    service.refreshes.clear()
    with pytest.raises(ToolLoginNeeded):
        await servers.connection(server, "ann").tools()


async def test_only_who_left_may_come_back(servers: ToolServers, service: Service) -> None:
    """SECURITY: a login is finished by the person and the browser that began it, once."""
    server = await added(servers, service)

    async def finish(user: str, browser: str, state: str, code: str = "c", error: str = "") -> None:
        await servers.logins.finish(user, browser, state=state, code=code, issuer=None, error=error)

    async def begun() -> tuple[str, str]:
        start = await servers.logins.begin(server, "ann", BASE)
        return start.browser, parse_qs(urlsplit(start.location).query)["state"][0]

    browser, state = await begun()
    with pytest.raises(BadRequest):
        await finish("ann", browser, "another")
    with pytest.raises(Forbidden):
        await finish("bob", browser, state)
    with pytest.raises(BadRequest):  # it is good once, whoever tries
        await finish("ann", browser, state)
    browser, state = await begun()
    with pytest.raises(Forbidden):
        await finish("ann", "another browser", state)
    browser, state = await begun()
    with pytest.raises(BadRequest) as refused:
        await finish("ann", browser, state, error="access_denied")
    assert refused.value.detail == "access_denied"
    browser, state = await begun()
    with pytest.raises(ToolServerDown) as wrong:
        await finish("ann", browser, state, code="a code of somebody else's")
    assert "gave no token" in wrong.value.message
    assert "somebody" not in str(wrong.value.info())
    assert service.tokens == set()
    assert await servers.logins.of("ann") == set()


async def test_a_service_that_registers_nobody_takes_an_application_made_by_hand(
    servers: ToolServers, service: Service, tmp_path: Path
) -> None:
    service.registers = False
    server = await added(servers, service)
    with pytest.raises(BadRequest) as refused:
        await servers.logins.begin(server, "ann", BASE)
    assert refused.value.param == "client_id"
    assert f"{BASE}/api/tools/callback" in (refused.value.remedy or "")
    service.clients["by-hand"] = "canary-secret"
    known = await servers.change(server.id, {"client_id": "by-hand", "client_secret": "canary-secret"})
    await connected(servers, service, known.server)
    assert await ask(servers.connection(known.server, "ann"), "whoami") == "you are known"
    assert holding(tmp_path, b"canary-secret") == []
    assert "canary" not in str(servers.all())


async def test_a_login_goes_nowhere_that_outside_forbids(tmp_path: Path, service: Service) -> None:
    """SECURITY: a server cannot send us to an address of ours by naming it as its service."""
    async with room(tmp_path, urlsplit(service.resource).netloc) as servers:
        server = await added(servers, service)
        with pytest.raises(ToolServerDown) as refused:
            await servers.logins.begin(server, "ann", BASE)
        assert "outside.allow" in (refused.value.remedy or "")
        assert service.asked == []


async def test_a_server_that_asks_for_no_login_says_so(servers: ToolServers, service: Service) -> None:
    server = await added(servers, service)
    service.tokens.add("")
    with pytest.raises(StellarChatError) as refused:
        await servers.logins.begin(server, "ann", BASE)
    assert refused.value.message == "Desk asks for no login."
