"""Logins with another server's word, against a provider that is faithful, and one that is not."""

import json
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from stellarchat.core.accounts import UserRole
from stellarchat.core.errors import Forbidden, StellarChatError, Unavailable
from stellarchat.services.accounts.accounts import SignUp
from stellarchat.services.accounts.oidc import Oidc, OidcSettings
from stellarchat.services.accounts.reception import Reception
from stellarchat.store import Store
from tests.databases import sqlite_url

ISSUER = "https://login.example.com"
CLIENT = "stellarchat"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Provider:
    """Answers as a provider does; `changes` are claims that differ, `sign` makes the token."""

    def __init__(self) -> None:
        self.changes: dict[str, Any] = {}
        self.header: dict[str, Any] = {"kid": "1"}
        self.key: Any = KEY
        self.algorithm = "RS256"
        self.nonce = ""
        self.issuer = ISSUER
        self.forms: list[dict[str, list[str]]] = []
        self.document = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/jwks",
        }

    def __call__(self, url: str, body: bytes | None, headers: Mapping[str, str]) -> bytes:
        path = urlsplit(url).path
        if path.endswith("openid-configuration"):
            return json.dumps(self.document).encode()
        if path == "/jwks":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
            shared = {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTEyMzQ", "kid": "shared"}
            return json.dumps(
                {"keys": [shared, public | {"kid": "1", "alg": "RS256", "use": "sig"}]}
            ).encode()
        assert body is not None
        self.forms.append(parse_qs(body.decode()))
        return json.dumps({"id_token": self.token(), "access_token": "x"}).encode()

    def token(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT, "sub": "42", "iat": now, "exp": now + 300, "nonce": self.nonce,
            "email": "ada@example.com", "email_verified": True, "preferred_username": "ada",
        }  # fmt: skip
        claims |= self.changes
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, self.key, algorithm=self.algorithm, headers=self.header)


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
        return await self.oidc.finish(query["state"], "code", browser or begun.browser, address="")


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
        await place.oidc.finish(place.query["state"], "code", "x", address="")
    with pytest.raises(Forbidden, match="not begun here"):
        await place.oidc.finish("made up", "code", "x", address="")


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
