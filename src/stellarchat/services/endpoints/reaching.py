"""Servers that a person names: addresses checked, keys sealed to where they go, models asked for.

An address is held to the rules of `outside` when it is named and again at every connection.
"""

import asyncio
import contextlib
import time
from collections.abc import Iterator
from functools import partial

import msgspec

from stellarchat.core.addresses import AddressRefused, WebAddress, parse
from stellarchat.core.errors import BadRequest, ErrorInfo, StellarChatError, without
from stellarchat.core.records import Endpoint
from stellarchat.engines._openai_http.upstream import Dial
from stellarchat.engines.openai.engine import list_models
from stellarchat.services.outside import Outside
from stellarchat.services.seals import Seals

TELL_SECONDS = 5.0
"""How long one waits for a name to be resolved, or for models that are not named."""
TEST_SECONDS = 20.0


class Tested(msgspec.Struct, frozen=True, kw_only=True):
    """What a question to an endpoint came to."""

    reachable: bool
    models: tuple[str, ...] = ()
    took_ms: float | None = None
    error: ErrorInfo | None = None


class Reach:
    """The way to servers that people name, and the seals of their keys."""

    def __init__(self, outside: Outside, seals: Seals) -> None:
        self._outside, self._seals = outside, seals

    def address(self, base_url: str) -> WebAddress:
        """Return an address that names no place of ours outright. Raises AddressRefused."""
        with _about_the_base():
            address = self._outside.checked(base_url)
        if "?" in base_url or "#" in base_url:
            raise AddressRefused(
                "A base URL has no `?` and no `#`.",
                remedy="End it in /v1, as a rule.",
                param="base_url",
                sentence="base_url_query",
            )
        return address

    async def admitted(self, base_url: str) -> WebAddress:
        """Return an address whose host is none of ours, as far as anybody knows its name now.

        Raises AddressRefused.
        """
        address = self.address(base_url)
        # a server that is down today may be named; every connection asks again
        with contextlib.suppress(_Unknown), _about_the_base():
            try:
                async with asyncio.timeout(TELL_SECONDS):
                    await self._outside.resolved(address)
            except AddressRefused:
                raise
            except (StellarChatError, TimeoutError):
                raise _Unknown from None
        return address

    def dial(self, base_url: str) -> Dial:
        """Return what opens the sockets of an address. Raises AddressRefused."""
        return partial(self._outside.connect, self.address(base_url))

    def seal(self, endpoint: Endpoint, key: str | None, before: Endpoint | None) -> None:
        """Put a new key into an endpoint; an empty one forgets it, None leaves it.

        Raises BadRequest where the one kept was given for another origin than `endpoint` now has.
        """
        if key:
            endpoint.encrypted_key = self._seals.seal(key, _purpose(endpoint))
        elif key is not None:
            endpoint.encrypted_key = None
        elif endpoint.encrypted_key and before and _purpose(before) != _purpose(endpoint):
            raise BadRequest(
                "The stored key was given for another server and is not sent to this one.",
                param="api_key",
                remedy="Enter the key of the new address, or an empty one for none.",
                sentence="key_moved",
            )

    def key(self, endpoint: Endpoint) -> str | None:
        """Return an endpoint's key. Raises SealBroken, Unavailable."""
        if endpoint.encrypted_key is None:
            return None
        return self._seals.open(endpoint.encrypted_key, _purpose(endpoint))

    async def test(self, base_url: str, api_key: str | None) -> Tested:
        """Ask an address for its models. Raises AddressRefused."""
        await self.admitted(base_url)
        return await asked(base_url, api_key, self.dial(base_url))


class _Unknown(Exception):
    """The host's name cannot be resolved at this moment."""


@contextlib.contextmanager
def _about_the_base() -> Iterator[None]:
    """Name the field that the address came in."""
    try:
        yield
    except AddressRefused as error:
        raise AddressRefused(
            error.message, remedy=error.remedy, param="base_url", sentence=error.sentence, values=error.values
        ) from None


def _purpose(endpoint: Endpoint) -> str:
    """Return what a key is for: this endpoint, at this origin."""
    address = parse(endpoint.base_url)
    return f"endpoint {endpoint.id} {address.scheme}://{address.place}"


async def asked(base_url: str, api_key: str | None, dial: Dial | None) -> Tested:
    """Ask a server for its models; what goes wrong is told, without the key."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(TEST_SECONDS):
            models = await list_models(base_url, api_key, dial=dial)
    except StellarChatError as error:
        return Tested(reachable=False, error=_without(api_key, error.info()))
    except TimeoutError:
        return Tested(
            reachable=False,
            error=ErrorInfo(
                code="engine_stalled",
                message=f"There was no answer within {TEST_SECONDS:.0f} s.",
                status=504,
                remedy="Check the address.",
                sentence="no_answer",
                values={"limit_seconds": TEST_SECONDS},
            ),
        )
    took = round((time.monotonic() - began) * 1000, 1)
    return Tested(reachable=True, models=tuple(models), took_ms=took)


def _without(key: str | None, info: ErrorInfo) -> ErrorInfo:
    """Take the key out of what a server said of it."""
    if not key:
        return info
    detail = info.detail.replace(key, "…") if info.detail else None
    return msgspec.structs.replace(info, detail=detail, values=info.values and without(key, info.values))
