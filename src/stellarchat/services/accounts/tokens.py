"""The tokens of programs that log in: signed, short-lived, and renewed with another one."""

import hashlib
import os
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from stellarchat.core.errors import StellarChatError, Unauthorized, Unavailable

FILE: Final = "accounts.key"
SHORTEST: Final = 32
_ALGORITHM: Final = "HS256"
_ISSUER: Final = "stellarchat"
_ACCESS: Final = "at+jwt"  # RFC 9068
_REFRESH: Final = "refresh+jwt"
_DEFAULTS: Final = (
    "secret",
    "changeme",
    "change-me",
    "default",
    "stellarchat",
    "your-",
    "example",
    "password",
)


class BadSecret(StellarChatError):
    """The signing secret is one that others could know."""

    code = "bad_configuration"


class Access(msgspec.Struct, frozen=True):
    """What an access token says."""

    user_id: str
    session_id: str
    version: int
    expires_at: datetime


class Refresh(msgspec.Struct, frozen=True):
    """What a refresh token says: which login it renews, and how often that was renewed before."""

    user_id: str
    session_id: str
    generation: int


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """What a program gets that logs in. `expires_in` is the access token's, in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int


class Tokens:
    """Makes and reads tokens. One algorithm, and each kind has an audience and a type of its own."""

    def __init__(self, secret: str | None, folder: Path, *, access: timedelta, refresh: timedelta) -> None:
        """Take a secret of the settings, or the one in `folder`. Raises BadSecret."""
        if secret is not None:
            check(secret)
        self._given, self._folder = secret, folder
        self._key: bytes | None = None
        self.access, self.refresh = access, refresh

    def open(self) -> None:
        """Read the secret or make it. Raises Unavailable, BadSecret."""
        if self._key is None:
            secret = self._given.encode() if self._given is not None else _kept(self._folder)
            self._key = hashlib.sha256(b"stellarchat tokens\0" + secret).digest()

    def pair(self, access: Access, generation: int) -> Pair:
        """Return the tokens of a login."""
        now = datetime.now(UTC)
        common = {"iss": _ISSUER, "sub": access.user_id, "sid": access.session_id, "iat": now}
        seconds = int((access.expires_at - now).total_seconds())
        return Pair(
            access_token=self._signed(
                _ACCESS,
                {**common, "ver": access.version, "exp": access.expires_at, "aud": _audience(_ACCESS)},
            ),
            refresh_token=self._signed(
                _REFRESH,
                {**common, "gen": generation, "exp": now + self.refresh, "aud": _audience(_REFRESH)},
            ),
            expires_in=max(0, seconds),
        )

    def read_access(self, token: str) -> Access:
        """Return what an access token says. Raises Unauthorized."""
        claims = self._read(_ACCESS, token, "ver")
        return Access(claims["sub"], claims["sid"], claims["ver"], datetime.fromtimestamp(claims["exp"], UTC))

    def read_refresh(self, token: str) -> Refresh:
        """Return what a refresh token says. Raises Unauthorized."""
        claims = self._read(_REFRESH, token, "gen")
        return Refresh(claims["sub"], claims["sid"], claims["gen"])

    def _signed(self, kind: str, claims: dict[str, Any]) -> str:
        import jwt  # 13 MB with the cryptography below it, which a server without accounts never needs

        self.open()
        assert self._key is not None
        return jwt.encode(claims, self._key, algorithm=_ALGORITHM, headers={"typ": kind})

    def _read(self, kind: str, token: str, number: str) -> dict[str, Any]:
        import jwt

        self.open()
        assert self._key is not None
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._key,
                algorithms=[_ALGORITHM],
                audience=_audience(kind),
                issuer=_ISSUER,
                # how long they last is told by `exp`; a clock that was set back makes none of them bad
                options={"require": ["exp", "iat", "sub", "sid", number], "verify_iat": False},
            )
            typed = jwt.get_unverified_header(token).get("typ") == kind  # the signature covers it
        except jwt.ExpiredSignatureError:
            raise Unauthorized(
                "The token has expired.", remedy="Renew it, or log in again.", sentence="token_expired"
            ) from None
        except (jwt.InvalidTokenError, ValueError):
            raise Unauthorized(
                "The token is not valid here.", remedy="Log in again.", sentence="token_invalid"
            ) from None
        named = all(isinstance(claims[name], str) for name in ("sub", "sid"))
        if not typed or not named or type(claims[number]) is not int:
            raise Unauthorized(
                "The token is not valid here.", remedy="Log in again.", sentence="token_invalid"
            )
        return claims


def check(secret: str) -> None:
    """Raise BadSecret for a secret that is short or well known."""
    remedy = "Leave it out and one is made, or make one: openssl rand -hex 32"
    if len(secret) < SHORTEST:
        raise BadSecret(f"Setting `accounts.secret` must have at least {SHORTEST} characters.", remedy=remedy)
    if len(set(secret)) < 8 or any(word in secret.casefold() for word in _DEFAULTS):
        raise BadSecret("Setting `accounts.secret` is one that is easily guessed.", remedy=remedy)


def digest(secret: str) -> str:
    """Return what is stored of a secret with too many values to be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _audience(kind: str) -> str:
    return "stellarchat" if kind == _ACCESS else "stellarchat/renew"


def _kept(folder: Path) -> bytes:
    """Return the secret in the folder; made, where there is none."""
    file = folder / FILE
    try:
        secret = file.read_bytes()
    except FileNotFoundError:
        return _made(folder)
    except OSError as error:
        raise Unavailable(f"{file} cannot be read: {error.strerror}.") from None
    if len(secret) < SHORTEST:
        raise BadSecret(f"{file} holds no secret.", remedy="Bring it back from a copy, or remove it.")
    return secret


def _made(folder: Path) -> bytes:
    file, draft = folder / FILE, folder / f".{FILE}-{secrets.token_hex(4)}"
    secret = secrets.token_hex(32).encode()
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written:
            written.write(secret)
            written.flush()
            os.fsync(written.fileno())
        os.link(draft, file)  # whole or not at all, and never over another process's
    except FileExistsError:
        return _kept(folder)
    except OSError as error:
        raise Unavailable(
            f"{file} cannot be written: {error.strerror}.", remedy="Check the data folder."
        ) from None
    finally:
        draft.unlink(missing_ok=True)
    return secret
