"""A browser logs in with another server's word: a real provider on a port, the server, and redirects."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.identity_provider import Provider, serving_provider
from tests.outcome import outcome
from tests.server import Server, serving

PASSWORD = "correct horse battery"  # a test's own
# what a browser says that another site has led here
LED = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """A provider that answers on a port."""
    with serving_provider() as made:
        yield made


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("server")
    oidc = {"issuer": provider.issuer, "client_id": "stellarchat", "name": "Example", "sign_up": True}
    with serving(folder, config={"auth": "on", "oidc": oidc}) as running:
        with running.client() as client:
            client.post("/api/auth/setup", json={"name": "root", "password": PASSWORD})
        yield running


def returned(client: httpx.Client, provider: Provider) -> httpx.Response:
    """Begin a login, log in at the provider, and come back."""
    begun = client.get("/api/auth/oidc/start")
    assert begun.status_code == 303
    query = {name: one[0] for name, one in parse_qs(urlsplit(begun.headers["location"]).query).items()}
    provider.nonce = query["nonce"]
    # over plain http a client keeps no cookie that is for https alone
    kept = begun.headers["set-cookie"].partition(";")[0]
    back = {"state": query["state"], "code": "c"}
    return client.get("/api/auth/oidc/callback", params=back, headers={**LED, "cookie": kept})


def test_a_browser_is_logged_in_and_sent_home(server: Server, provider: Provider) -> None:
    with server.client() as client:
        assert client.get("/api/auth/status").json()["identity_provider"] == "Example"
        home = returned(client, provider)
        assert (home.status_code, home.headers["location"]) == (303, "/")
        cookie = next(one for one in home.headers.get_list("set-cookie") if "__Host-" in one)
        assert "HttpOnly" in cookie
        headers = {"cookie": cookie.partition(";")[0]}
        assert client.get("/api/auth/me", headers=headers).json()["name"] == "ada"
        assert client.get("/api/auth/me", headers={**headers, **LED}).status_code == 403


def test_a_bad_token_leads_back_to_the_login(server: Server, provider: Provider) -> None:
    provider.changes = {"aud": "somebody else"}
    with server.client() as client:
        back = returned(client, provider)
    provider.changes = {}
    assert back.headers["location"] == "/login"
    told = outcome(back)
    assert told is not None
    # the page says it in the reader's language
    assert (told["sentence"], told["values"], told["message"]) == (
        "oidc_invalid",
        {"name": "Example"},
        "What Example says of you is not valid.",
    )


def test_a_callback_that_nobody_began_is_refused(server: Server) -> None:
    with server.client() as client:
        for query in ({}, {"state": "x", "code": "y"}, {"state": "x" * 300}, {"error": "access_denied"}):
            back = client.get("/api/auth/oidc/callback", params=query, headers=LED)
            assert back.status_code in (303, 400, 413)
            assert "__Host-" not in back.headers.get("set-cookie", "")
