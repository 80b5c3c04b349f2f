"""Logging in at a tool server over HTTP, as a browser does: away, back, and only the one that left."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.outcome import outcome
from tests.server import Server, serving
from tests.tool_server.login import Service, serving_login


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with serving_login() as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, service: Service) -> Iterator[Server]:
    allow = [urlsplit(url).netloc for url in (service.resource, service.issuer)]
    with serving(tmp_path_factory.mktemp("login"), config={"outside": {"allow": allow}}) as running:
        yield running


def test_a_browser_leaves_and_comes_back(server: Server, service: Service) -> None:
    """SECURITY: another browser that is sent back with the same words is refused."""
    with server.client() as client, server.client() as other:
        body = {"name": "Desk", "transport": "http", "url": service.resource, "oauth": True}
        added = client.post("/api/tools/servers", json=body)
        assert added.status_code == 201, added.text
        path = f"/api/tools/servers/{added.json()['id']}"
        assert client.get("/api/tools").json()["data"][0]["login"] == "needed"
        refused = client.get(f"{path}/tools")
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "tool_login_needed")

        begun = client.post(f"{path}/login")
        cookie = begun.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "Path=/api/tools/callback" in cookie
        refusal = outcome(other.get(service.agree(begun.json()["url"])))
        assert refusal is not None
        assert refusal["message"] == "This login was begun in another browser."
        begun = client.post(f"{path}/login")
        # browsers send it to a server of their own machine; this client takes it for a secure one's alone
        kept = {"cookie": begun.headers["set-cookie"].split(";")[0]}
        assert outcome(client.get(service.agree(begun.json()["url"]), headers=kept)) is None
        listed = client.get("/api/tools")
        assert listed.json()["data"][0]["login"] == "done"
        assert [one["name"] for one in client.get(f"{path}/tools").json()["data"]] == ["whoami"]
        shown = listed.text + client.get("/api/tools/servers").text + client.get(f"{path}/logs").text
        assert not any(secret in shown for secret in (*service.tokens, *service.refreshes))

        assert client.delete(f"{path}/login").status_code == 204
        assert client.get("/api/tools").json()["data"][0]["login"] == "needed"
        assert len(service.revoked) == 1
        refusal = outcome(client.get("/api/tools/callback?state=x&code=y"))
        assert refusal is not None
        assert refusal["remedy"] == "Connect once more."
        stopped = client.patch(path, json={"oauth": False})
        assert stopped.json()["oauth"] is False
        assert client.post(f"{path}/login").status_code == 400
