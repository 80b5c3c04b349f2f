"""Logging in with another server's word (OpenID Connect): authorization code, PKCE, state and nonce.

Provider and client are the operator's; who the provider vouches for is linked by issuer and subject, never
by e-mail address. Its tokens are good when their signature, issuer, audience, times and nonce are.
"""

import asyncio
import base64
import hashlib
import hmac
import http.client
import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import msgspec

from stellarchat.core.accounts import User, UserRole
from stellarchat.core.errors import Conflict, Forbidden, StellarChatError, Unavailable
from stellarchat.services.accounts.accounts import Accounts
from stellarchat.services.accounts.departures import PATIENCE, Start, came_back, reason
from stellarchat.services.accounts.tokens import digest
from stellarchat.store.database import Store

log = logging.getLogger(__name__)

# what signs with a private key: a client's secret must never do for one
ALGORITHMS: Final = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
PENDING: Final = 1000
_LEEWAY: Final = 60
_SECONDS: Final = 10.0
_BYTES: Final = 1024 * 1024
_FRESH: Final = 3600.0


class OidcSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The provider and what its word counts for. `admit` None leaves new users to the sign-up policy."""

    issuer: str
    client_id: str
    client_secret: str | None = None
    name: str = "SSO"
    scopes: str = "openid email profile"
    public_url: str | None = None
    allowed_domains: tuple[str, ...] = ()
    admit: bool | None = None
    role_claim: str | None = None
    admin_values: tuple[str, ...] = ()


class _Provider(msgspec.Struct):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class _Tokens(msgspec.Struct):
    id_token: str


class _Begun(msgspec.Struct):
    """A login on its way: what must come back, and to which browser."""

    nonce: str
    verifier: str
    redirect_uri: str
    browser: str
    at: float


Fetch = Callable[[str, bytes | None, Mapping[str, str]], bytes]


def fetch(url: str, body: bytes | None, headers: Mapping[str, str]) -> bytes:
    """Ask the provider; blocks. Follows no redirect and uses no proxy. Raises OSError, HTTPException."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_SECONDS)
    try:
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request("POST" if body is not None else "GET", path or "/", body, dict(headers))
        answer = connection.getresponse()
        content = answer.read(_BYTES + 1)
        if answer.status != 200 or len(content) > _BYTES:
            raise OSError(f"{parts.hostname} answered with {answer.status}")
        return content
    finally:
        connection.close()


class Oidc:
    """One provider."""

    def __init__(
        self, settings: OidcSettings, store: Store, accounts: Accounts, fetch: Fetch = fetch
    ) -> None:
        self.settings = settings
        self._store, self._accounts, self._fetch = store, accounts, fetch
        self._begun: OrderedDict[str, _Begun] = OrderedDict()
        self._provider: tuple[float, _Provider] | None = None
        self._keys: tuple[float, list[dict[str, Any]]] | None = None

    async def start(self, base_url: str) -> Start:
        """Begin a login; `base_url` is how this server is called from outside. Raises Unavailable."""
        provider = await self._discovered()
        state, nonce, verifier, browser = (secrets.token_urlsafe(32) for _ in range(4))
        redirect_uri = f"{(self.settings.public_url or base_url).rstrip('/')}/api/auth/oidc/callback"
        self._begun[state] = _Begun(nonce, verifier, redirect_uri, digest(browser), time.monotonic())
        while len(self._begun) > PENDING:
            self._begun.popitem(last=False)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
        query = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": self.settings.scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge.decode(),
            "code_challenge_method": "S256",
        }
        between = "&" if "?" in provider.authorization_endpoint else "?"
        return Start(provider.authorization_endpoint + between + urlencode(query), browser)

    async def finish(self, state: str, code: str, browser: str, error: str = "") -> User:
        """Return the user who came back from the provider, which may have sent an `error` instead of a code.

        Raises Forbidden, Unavailable.
        """
        begun = self._begun.pop(state, None)
        if begun is None or time.monotonic() - begun.at > PATIENCE:
            raise Forbidden(
                "This login was not begun here, or took too long.",
                remedy="Log in again.",
                sentence="oidc_too_long",
            )
        if not came_back(begun.browser, browser):
            raise Forbidden(
                "This login was begun in another browser.",
                remedy="Log in again.",
                sentence="oidc_other_browser",
            )
        if error:
            why = reason(error, "no reason that can be shown")
            raise Forbidden(
                f"{self.settings.name} did not log you in: {why}.",
                remedy="Log in again.",
                sentence="oidc_declined",
                values={"name": self.settings.name, "reason": why},
            )
        claims = await self._claims(code, begun)
        return await self._user(claims)

    async def _claims(self, code: str, begun: _Begun) -> dict[str, Any]:
        provider = await self._discovered()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": begun.redirect_uri,
            "client_id": self.settings.client_id,
            "code_verifier": begun.verifier,
        }
        if self.settings.client_secret:
            form["client_secret"] = self.settings.client_secret
        headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
        raw = await self._ask(provider.token_endpoint, urlencode(form).encode(), headers)
        try:
            token = msgspec.json.decode(raw, type=_Tokens).id_token
        except msgspec.MsgspecError:
            raise self._unfit("its answer holds no token") from None
        return await self._verified(token, begun.nonce, provider)

    async def _verified(self, token: str, nonce: str, provider: _Provider) -> dict[str, Any]:
        import jwt  # only who logs in this way needs it

        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS:
                raise self._refused("its algorithm is not one of ours")
            key = await self._key(header.get("kid"), str(header["alg"]), provider)
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[header["alg"]],
                audience=self.settings.client_id,
                issuer=provider.issuer,
                leeway=_LEEWAY,
                options={"require": ["iss", "aud", "exp", "iat", "sub"]},
            )
        except jwt.PyJWTError as error:
            raise self._refused(str(error)) from None
        if not hmac.compare_digest(str(claims.get("nonce", "")), nonce):
            raise self._refused("its nonce is another login's")
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (several or "azp" in claims) and claims.get("azp") != self.settings.client_id:
            raise self._refused("it was made for another client")
        return claims

    async def _key(self, kid: str | None, algorithm: str, provider: _Provider) -> Any:
        import jwt

        for again in (False, True):
            for known in await self._jwks(provider, again=again):
                fits = (kid is None or known.get("kid") == kid) and known.get("use", "sig") == "sig"
                if fits and known.get("alg", algorithm) == algorithm:
                    return jwt.PyJWK(known, algorithm=algorithm).key
        raise self._refused("nobody knows the key that signed it")

    async def _user(self, claims: dict[str, Any]) -> User:
        issuer, subject = str(claims["iss"]), str(claims["sub"])
        email = claims.get("email") if claims.get("email_verified") is True else None
        domains = {one.lower().lstrip("@") for one in self.settings.allowed_domains}
        if domains and (not isinstance(email, str) or email.rpartition("@")[2].lower() not in domains):
            raise Forbidden(
                "Your e-mail address is not of a domain that may log in here.", sentence="oidc_domain"
            )
        async with self._store.read() as tx:
            linked = await tx.identities.user(issuer, subject)
        name = next(
            (str(claims[one]) for one in ("preferred_username", "name", "email") if claims.get(one)), "user"
        )
        user = await self._accounts.recognise(
            linked, name.partition("@")[0], email, admit=self.settings.admit
        )
        if linked != user.id:
            async with self._store.transaction() as tx:
                await tx.identities.link(issuer, subject, user.id)
        return await self._with_role(user, claims)

    async def _with_role(self, user: User, claims: dict[str, Any]) -> User:
        if not self.settings.role_claim:
            return user
        value: Any = claims
        for part in self.settings.role_claim.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        given = {str(one) for one in value} if isinstance(value, list) else {str(value)}
        role = UserRole.ADMIN if given & set(self.settings.admin_values) else UserRole.USER
        if role is user.role:
            return user
        try:
            return await self._accounts.set_role(user.id, role, actor_id=None)
        except Conflict:
            log.warning("%s stays the administrator: there is no other", user.name)
            return user

    async def _discovered(self) -> _Provider:
        if self._provider is not None and time.monotonic() - self._provider[0] < _FRESH:
            return self._provider[1]
        issuer = self.settings.issuer.rstrip("/")
        raw = await self._ask(
            f"{issuer}/.well-known/openid-configuration", None, {"accept": "application/json"}
        )
        try:
            found = msgspec.json.decode(raw, type=_Provider)
        except msgspec.MsgspecError as error:
            raise self._unfit(str(error)) from None
        if found.issuer.rstrip("/") != issuer:
            raise self._unfit(f"it calls itself {found.issuer}")
        ends = (found.authorization_endpoint, found.token_endpoint, found.jwks_uri)
        if issuer.startswith("https://") and not all(one.startswith("https://") for one in ends):
            raise self._unfit("not all of it is https")
        self._provider = (time.monotonic(), found)
        return found

    async def _jwks(self, provider: _Provider, *, again: bool) -> list[dict[str, Any]]:
        if self._keys is not None and not again and time.monotonic() - self._keys[0] < _FRESH:
            return self._keys[1]
        raw = await self._ask(provider.jwks_uri, None, {"accept": "application/json"})
        try:
            keys = msgspec.json.decode(raw, type=dict[str, list[dict[str, Any]]])["keys"]
        except (msgspec.MsgspecError, KeyError):
            raise self._unfit("its keys cannot be read") from None
        # a shared secret among them would make a client's own word good
        keys = [one for one in keys if one.get("kty") in ("RSA", "EC", "OKP")]
        self._keys = (time.monotonic(), keys)
        return keys

    async def _ask(self, url: str, body: bytes | None, headers: Mapping[str, str]) -> bytes:
        try:
            return await asyncio.to_thread(self._fetch, url, body, headers)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unavailable(
                f"{self.settings.name} does not answer.",
                remedy="Try again in a moment, or log in with your password.",
                detail=str(error),
                sentence="oidc_silent",
                values={"name": self.settings.name},
            ) from None

    def _refused(self, why: str) -> StellarChatError:
        log.warning("a token of %s is no good: %s", self.settings.name, why)
        return Forbidden(
            f"What {self.settings.name} says of you is not valid.",
            remedy="Log in again.",
            sentence="oidc_invalid",
            values={"name": self.settings.name},
        )

    def _unfit(self, why: str) -> StellarChatError:
        log.warning("%s is not set up well: %s", self.settings.issuer, why)
        return Unavailable(
            f"{self.settings.name} is not set up well.",
            detail=why,
            sentence="oidc_misconfigured",
            values={"name": self.settings.name},
        )
