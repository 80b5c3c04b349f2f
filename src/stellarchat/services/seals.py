"""Secrets as the store may keep them: sealed with a key that lies beside the database, not in it."""

import os
import secrets
from pathlib import Path

from stellarchat.core.errors import StellarChatError, Unavailable

FILE = "endpoints.key"
_FORM = b"\x01"  # AES-256-GCM: nonce, then what it sealed
_NONCE = 12
_KEY = 32


class SealBroken(StellarChatError):
    """A secret cannot be read: it was sealed with another key, or for something else."""

    code = "seal_broken"


class Seals:
    """Seals and opens secrets with a key of its own, in a file that only we may read.

    The key is made when it is first needed. What a secret is for goes into its seal: moved to another
    row of the store or another server it does not open.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE

    def seal(self, secret: str, purpose: str) -> bytes:
        """Return a secret as it may be stored. Raises Unavailable where the key file cannot be had."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # most starts have no secrets

        nonce = secrets.token_bytes(_NONCE)
        sealed = AESGCM(self._key(make=True)).encrypt(nonce, secret.encode(), purpose.encode())
        return _FORM + nonce + sealed

    def open(self, sealed: bytes, purpose: str) -> str:
        """Return what was sealed for this purpose. Raises SealBroken, Unavailable."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if sealed[:1] != _FORM:
            raise SealBroken(
                "The secret was stored by another version.", remedy="Enter it again.", sentence="seal_version"
            )
        nonce, body = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        try:
            return AESGCM(self._key(make=False)).decrypt(nonce, body, purpose.encode()).decode()
        except (InvalidTag, ValueError):
            raise SealBroken(
                f"The secret does not open with the key in {self._file}.",
                remedy="Enter it again.",
                sentence="seal_other",
                values={"path": str(self._file)},
            ) from None

    def _key(self, *, make: bool) -> bytes:
        try:
            key = self._file.read_bytes()
        except FileNotFoundError:
            if not make:
                raise SealBroken(
                    f"The key file {self._file} is gone.",
                    remedy="Bring it back, or enter the secret again.",
                    sentence="seal_gone",
                    values={"path": str(self._file)},
                ) from None
            return self._made()
        except OSError as error:
            raise Unavailable(
                f"{self._file} cannot be read: {error.strerror}.",
                sentence="unreadable_at",
                values={"path": str(self._file), "said": str(error.strerror)},
            ) from None
        if len(key) != _KEY:
            raise SealBroken(
                f"{self._file} holds no key.",
                remedy="Bring it back from a copy, or remove it and start anew.",
                sentence="seal_empty",
                values={"path": str(self._file)},
            )
        return key

    def _made(self) -> bytes:
        key = secrets.token_bytes(_KEY)
        draft = self._file.with_name(f".{FILE}-{secrets.token_hex(4)}")
        try:
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(key)
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, self._file)  # whole or not at all, and never over another process's
        except FileExistsError:
            return self._key(make=False)
        except OSError as error:
            raise Unavailable(
                f"{self._file} cannot be written: {error.strerror}.",
                remedy="Check the data folder.",
                sentence="unwritable_at",
                values={"path": str(self._file), "said": str(error.strerror)},
            ) from None
        finally:
            draft.unlink(missing_ok=True)
        return key
