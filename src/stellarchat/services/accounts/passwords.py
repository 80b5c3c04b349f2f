"""Passwords: what they must be, and their hashes, made apart from the event loop."""

import asyncio
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from stellarchat.core.errors import BadRequest

SHORTEST: Final = 8
LONGEST: Final = 256
"""Characters; longer ones would be a way to keep the processor busy."""

_AT_ONCE: Final = 2  # each takes 19 MiB and a core for a while


class Passwords:
    """Hashes with argon2id, as OWASP recommends: 19 MiB, two passes, one lane."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """Return what is stored of a password. Raises BadRequest for one that is too weak."""
        check(password)
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, password: str, stored: str | None) -> bool:
        """Tell whether `password` is the stored one. It takes as long where there is none."""
        async with self._turns:
            if self._nobody is None:
                self._nobody = await asyncio.to_thread(self._hasher.hash, "nobody's password")
            right = await asyncio.to_thread(self._verify, stored or self._nobody, password[:LONGEST])
        return right and stored is not None

    def outdated(self, stored: str) -> bool:
        """Tell whether a hash was made with other costs than those of today."""
        return self._hasher.check_needs_rehash(stored)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password.encode(errors="replace"))
        except (Argon2Error, InvalidHashError):
            return False


def check(password: str, param: str = "password") -> None:
    """Raise BadRequest for a password that is too short, too long or too simple."""
    if len(password) < SHORTEST:
        raise BadRequest(
            f"The password must have at least {SHORTEST} characters.",
            param=param,
            sentence="password_short",
            values={"count": SHORTEST},
        )
    if len(password) > LONGEST:
        raise BadRequest(
            f"The password may have at most {LONGEST} characters.",
            param=param,
            sentence="password_long",
            values={"count": LONGEST},
        )
    if not password.isprintable():
        raise BadRequest(
            "The password has characters that cannot be typed.", param=param, sentence="password_untypable"
        )
    if len(set(password)) < 3 or password.casefold() in _COMMON:
        raise BadRequest(
            "That password is among the first that are guessed.",
            param=param,
            remedy="Choose another one.",
            sentence="password_common",
        )


_COMMON: Final = frozenset(
    "password passw0rd password1 password123 12345678 123456789 1234567890 qwertyui qwerty123 qwertyuiop "
    "11111111 iloveyou sunshine princess football baseball superman trustno1 letmein1 admin123 adminadmin "
    "welcome1 abcd1234 1q2w3e4r 1qaz2wsx changeme stellarchat".split()
)
