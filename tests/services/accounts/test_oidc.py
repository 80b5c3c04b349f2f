"""Logins with another server's word, against a provider that is faithful, and one that is not."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from stellarchat.core.accounts import UserRole
from stellarchat.core.errors import Forbidden, StellarChatError, Unavailable
from stellarchat.services.accounts.accounts import SignUp
from stellarchat.services.accounts.oidc import Oidc, OidcSettings
from stellarchat.services.accounts.reception import Reception
from stellarchat.store import Store
from tests.databases import sqlite_url
from tests.identity_provider import CLIENT, ISSUER, KEY, OTHER, Provider


class Place:
    """A store, its accounts, and a provider."""

    def __init__(self, store: Store, folder: Path, **settings: Any) -> None:
        self.provider = Provider()
        self.reception = Reception(store, folder, on=True, sign_up=SignUp.CLOSED)
        given: dict[str, Any] = {"issuer": ISSUER, "client_id": CLIENT, "admit": True} | settings
        self.oidc = Oidc(OidcSettings(**given), store, self.reception.accounts, self.provider)

    async def log_in(self, browser: str | None = None) -> Any:
        begun = await self.oidc.start("http://127.0.0.1:8080/")
        query = {name: one[0] for name, one in parse_qs(urlsplit(begun.location).query).items()}
        self.provider.nonce = query["nonce"]
        self.query = query
        return await self.oidc.finish(query["state"], "code", browser or begun.browser)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(sqlite_url(tmp_path))
    await store.open()
    await Reception(store, tmp_path, on=True).accounts.set_up("root", None, "correct horse battery")
    yield store
    await store.close()


async def test_a_person_is_let_in_and_known_again(store: Store, tmp_path: Path) -> None:
    place = Place(store, tmp_path, client_secret="s3cret")
    first = await place.log_in()
    assert (first.name, first.email, first.role, first.password_hash) == (
        "ada",
        "ada@example.com",
        "user",
        None,
    )
    assert place.query["code_challenge_method"] == "S256"
    assert place.query["redirect_uri"] == "http://127.0.0.1:8080/api/auth/oidc/callback"
    [form] = place.provider.forms
    assert form["client_secret"] == ["s3cret"]
    assert len(form["code_verifier"][0]) >= 43
    place.provider.changes = {"preferred_username": "renamed", "email": "new@example.com"}
    assert (await place.log_in()).id == first.id
    place.provider.changes = {"sub": "43"}
    assert (await place.log_in()).id != first.id


async def test_nobody_comes_into_an_account_by_its_address(store: Store, tmp_path: Path) -> None:
    """Covers LobeHub CVE-2026-39411: an e-mail address is no proof."""
    place = Place(store, tmp_path)
    hers = await place.reception.accounts.create(
        "ada", "ada@example.com", "correct horse battery", UserRole.ADMIN
    )
    found = await place.log_in()
    assert found.id != hers.id
    assert (found.name, found.email, found.role) == ("ada-2", None, "user")


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "somebody else"},
        {"aud": [CLIENT, "somebody else"]},
        {"azp": "somebody else"},
        {"iss": "https://evil.example.com"},
        {"exp": 1},
        {"exp": None},
        {"iat": 10**10},
        {"sub": None},
    ],
)
async def test_a_token_that_says_something_else_is_refused(
    store: Store, tmp_path: Path, changes: dict[str, Any]
) -> None:
    place = Place(store, tmp_path)
    place.provider.changes = changes
    with pytest.raises(Forbidden):
        await place.log_in()
    assert len(await place.reception.accounts.list()) == 1


@pytest.mark.parametrize(
    ("algorithm", "key", "header"),
    [
        ("none", None, {"kid": "1"}),
        ("RS256", OTHER, {"kid": "1"}),
        ("RS256", KEY, {"kid": "unknown"}),
        ("HS256", "secret-secret-secret-secret-1234", {"kid": "shared"}),
        ("HS256", "secret-secret-secret-secret-1234", {"kid": "1"}),
    ],
)
async def test_a_token_that_another_key_signed_is_refused(
    store: Store, tmp_path: Path, algorithm: str, key: Any, header: dict[str, str]
) -> None:
    """Covers python-jose CVE-2024-33663: alg none, and a shared secret for a public key."""
    place = Place(store, tmp_path)
    place.provider.algorithm, place.provider.key, place.provider.header = algorithm, key, header
    with pytest.raises(Forbidden):
        await place.log_in()


async def test_a_login_comes_back_once_and_to_its_own_browser(store: Store, tmp_path: Path) -> None:
    place = Place(store, tmp_path)
    with pytest.raises(Forbidden, match="another browser"):
        await place.log_in(browser="somebody else's")
    await place.log_in()
    with pytest.raises(Forbidden, match="not begun here"):
        await place.oidc.finish(place.query["state"], "code", "x")
    with pytest.raises(Forbidden, match="not begun here"):
        await place.oidc.finish("made up", "code", "x")


async def test_domains_sign_up_and_roles_are_heeded(store: Store, tmp_path: Path) -> None:
    closed = Place(store, tmp_path, admit=None)
    with pytest.raises(Forbidden, match="no account"):
        await closed.log_in()
    place = Place(
        store, tmp_path, allowed_domains=("Example.com",), role_claim="realm.roles", admin_values=("chiefs",)
    )
    for changes in ({"email": "eve@evil.com"}, {"email_verified": False}, {"email": "x@notexample.com"}):
        place.provider.changes = changes
        with pytest.raises(Forbidden, match="domain"):
            await place.log_in()
    place.provider.changes = {"realm": {"roles": ["chiefs", "x"]}}
    user = await place.log_in()
    assert user.role is UserRole.ADMIN
    place.provider.changes = {"realm": "nonsense"}
    assert (await place.log_in()).role is UserRole.USER
    await place.reception.accounts.suspend(user.id, actor_id=None)
    with pytest.raises(Forbidden, match="suspended"):
        await place.log_in()


@pytest.mark.parametrize(
    "changes", [{"issuer": "https://evil.example.com"}, {"token_endpoint": "http://x/token"}]
)
async def test_a_provider_that_is_another_is_not_used(
    store: Store, tmp_path: Path, changes: dict[str, str]
) -> None:
    place = Place(store, tmp_path)
    place.provider.document |= changes
    with pytest.raises(Unavailable):
        await place.log_in()


async def test_a_provider_that_is_away_is_told(store: Store, tmp_path: Path) -> None:
    place = Place(store, tmp_path, issuer="http://127.0.0.1:9")
    place.oidc = Oidc(place.oidc.settings, store, place.reception.accounts)
    with pytest.raises(StellarChatError, match="does not answer"):
        await place.log_in()
