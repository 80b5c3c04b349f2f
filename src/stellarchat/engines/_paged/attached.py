"""A server of ours or somebody else's that runs already and serves what it was started with."""

from collections.abc import AsyncGenerator, Mapping
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

import msgspec

from stellarchat.core.errors import Conflict, EngineMalformed, EngineRefused
from stellarchat.core.launch import Address, LaunchOptions
from stellarchat.engines._openai_http.chunks import engine_error
from stellarchat.engines._openai_http.upstream import Upstream
from stellarchat.engines.base import Pull, Served

LIST_LIMIT = 1 << 20
PATIENCE = 10.0  # seconds a list of models may take
GLANCE = 2.0  # seconds at most for a look whether anything answers; mostly nobody does, at once


class _Card(msgspec.Struct):
    id: str
    owned_by: str = ""
    root: str | None = None
    parent: str | None = None
    max_model_len: int | None = None


class _Cards(msgspec.Struct):
    data: list[_Card]


class AttachedServer:
    """A Daemon (see `engines/base.py`) that can only tell what it serves.

    `base_url` may end in `/v1`. `section` is the section of the settings that it stands in. `aliases` are
    our names for models, and theirs.
    """

    def __init__(
        self, title: str, section: str, base_url: str, api_key: str | None, aliases: Mapping[str, str]
    ) -> None:
        self._title, self._section, self._aliases = title, section, dict(aliases)
        self.address = Address(origin(base_url), api_key)

    async def served(self) -> list[Served]:
        """Return the models of `GET /v1/models`, by our names for them; all of them are in memory."""
        ours = {theirs: name for name, theirs in self._aliases.items()}
        return [
            Served(
                name=ours.get(card.id, card.id),
                root=card.root if card.parent is None else None,
                loaded=True,
                context_length=card.max_model_len,
            )
            for card in await self._cards()
        ]

    async def load(self, name: str, options: LaunchOptions) -> str:
        """Return what the server calls `name`. Raises EngineRefused where it does not serve it."""
        cards = await self._cards()
        wanted = {name.lower(), self._aliases.get(name, name).lower()}
        for card in cards:
            if card.id.lower() in wanted:
                return card.id
        for card in cards:  # a model served under a short name tells its folder or repository
            if card.root and {card.root.lower(), _last(card.root)} & wanted and card.parent is None:
                return card.id
            if _last(card.id) in wanted:
                return card.id
        names = ", ".join(card.id for card in cards) or "nothing"
        raise EngineRefused(
            f"The {self._title} server at {self.address.base_url} does not serve {name}; it serves {names}.",
            remedy=f"Start it with that model, or say its name there in {self._section}.model_aliases."
            if self._section == "vllm"
            else "Start it with that model.",
            param="model_id",
            sentence="attached_not_served",
            values={"engine": self._title, "address": self.address.base_url, "name": name, "names": names},
        )

    async def unload(self, name: str) -> None:
        """Raise Conflict: such a server has its model for as long as it runs."""
        raise Conflict(
            f"A {self._title} server keeps its model for as long as it runs.",
            remedy=f"Stop the server at {self.address.base_url} itself.",
            sentence="attached_keeps",
            values={"engine": self._title, "address": self.address.base_url},
        )

    def pull(self, name: str) -> AsyncGenerator[Pull]:
        """Raise EngineRefused at the first step: such a server fetches nothing."""
        return _refused(
            EngineRefused(
                f"A {self._title} server fetches no models while it runs.",
                remedy=f"Start the server at {self.address.base_url} with the model {name}.",
                sentence="attached_fetches",
                values={"engine": self._title, "address": self.address.base_url, "name": name},
            )
        )

    async def _cards(self) -> list[_Card]:
        upstream = Upstream(self.address.base_url, self.address.api_key, stall_timeout=PATIENCE)
        try:
            async with await upstream.request("GET", "/v1/models") as response:
                body, status = await response.read(LIST_LIMIT), response.status
        finally:
            upstream.close()
        if status in (401, 403):
            raise EngineRefused(
                f"The {self._title} server does not accept the key ({status}).",
                remedy=f"Set {self._section}.api_key to the key that it was started with.",
                sentence="attached_key",
                values={"engine": self._title, "status": status, "setting": f"{self._section}.api_key"},
            )
        if status != 200:
            raise engine_error(body, status)
        try:
            return msgspec.json.decode(body, type=_Cards).data
        except msgspec.MsgspecError as error:
            raise EngineMalformed(
                f"What answers at {self.address.base_url} does not list its models.",
                remedy=f"Check {self._section}.base_url.",
                detail=str(error),
                sentence="attached_no_list",
                values={"address": self.address.base_url, "setting": f"{self._section}.base_url"},
            ) from error


async def _refused(error: EngineRefused) -> AsyncGenerator[Pull]:
    """Yield nothing and raise."""
    steps: tuple[Pull, ...] = ()
    for step in steps:
        yield step
    raise error


def origin(base_url: str) -> str:
    """Return an address without the `/v1` that some write at its end."""
    return base_url.rstrip("/").removesuffix("/v1").rstrip("/")


def answers_as(base_url: str, owner: str, api_key: str | None) -> bool:
    """Whether a server of that `owned_by` answers there now. Blocks until it does, for GLANCE at most."""
    parts = urlsplit(origin(base_url))
    if parts.scheme != "http" or not parts.hostname:
        return False
    connection = HTTPConnection(parts.hostname, parts.port or 80, timeout=GLANCE)
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    try:
        connection.request("GET", f"{parts.path}/v1/models", headers=headers)
        cards = msgspec.json.decode(connection.getresponse().read(LIST_LIMIT), type=_Cards).data
    except (OSError, HTTPException, msgspec.MsgspecError):
        return False
    finally:
        connection.close()
    return any(card.owned_by == owner for card in cards)


def _last(name: str) -> str:
    return name.rstrip("/").rpartition("/")[2].lower()
