"""A user's own endpoint: the user reaches it, and nobody else does."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from stellarchat.core.addresses import AddressRefused
from stellarchat.core.errors import BadRequest, EngineDied, ModelNotFound
from stellarchat.core.ids import new_id
from stellarchat.services.answers.gateway import Gateway
from stellarchat.services.endpoints.own import OwnEndpoints, checked_key
from stellarchat.services.endpoints.reaching import Reach
from stellarchat.services.outside import Outside
from stellarchat.services.seals import FILE, SealBroken, Seals
from stellarchat.store.database import Store
from tests.databases import sqlite_url
from tests.fake_engine import running_fake
from tests.services.endpoints.test_remotes import KEY, PUBLIC, Names, files_with, place
from tests.services.targets import NoLocals


class Room:
    """The endpoints over a store, and the gateway that knows them."""

    def __init__(self, folder: Path, store: Store, *allow: str) -> None:
        self.names = Names()
        self.outside = Outside(allow, resolve=self.names)
        self.own = OwnEndpoints(
            store, Reach(self.outside, Seals(folder)), lambda one: self.gateway.forget(one)
        )
        self.gateway = Gateway(NoLocals(), own=self.own.target)

    async def ask(self, user_id: str, model: str) -> int:
        """Ask a model a question for a user; return the status."""
        body = {"model": "fake", "messages": [{"role": "user", "content": "hi [[fake tokens=1]]"}]}
        async with (
            self.gateway.lease(model, user_id=user_id) as lease,
            await lease.ask("/chat/completions", body) as answer,
        ):
            await answer.read(1 << 20)
            return answer.status


@contextlib.asynccontextmanager
async def room(folder: Path, *allow: str) -> AsyncIterator[Room]:
    """Open one over a new database."""
    store = Store(sqlite_url(folder))
    await store.open()
    made = Room(folder, store, *allow)
    try:
        yield made
    finally:
        await made.outside.close()
        made.gateway.close()
        await store.close()


async def test_only_its_user_reaches_it(tmp_path: Path) -> None:
    async with running_fake(key=KEY) as fake, room(tmp_path, place(fake)) as made:
        mine = await made.own.put("ann", base_url=f"{fake.base_url}/v1/", model="fake", api_key=KEY)
        assert (mine.id, mine.base_url, mine.has_key) == ("own/fake", f"{fake.base_url}/v1", True)
        assert await made.ask("ann", "own/fake") == 200
        for user, model in (("bob", "own/fake"), ("", "own/fake"), ("ann", "own/other"), ("ann", "fake")):
            with pytest.raises(ModelNotFound):
                await made.ask(user, model)
        assert await made.own.get("bob") is None
        # the same name is another server for somebody else
        await made.own.put("bob", base_url=f"http://{PUBLIC}/v1", model="fake", api_key=None)
        theirs, hers = await made.own.target("bob", "own/fake"), await made.own.target("ann", "own/fake")
        assert theirs is not None
        assert hers is not None
        assert (theirs.address.base_url, theirs.address.api_key) == (f"http://{PUBLIC}/v1", None)
        assert theirs.instance != hers.instance
        assert await made.own.remove("ann")
        assert not await made.own.remove("ann")
        with pytest.raises(ModelNotFound):
            await made.ask("ann", "own/fake")
        assert await made.own.get("bob") is not None
        assert files_with(tmp_path, KEY) == []


async def test_a_key_stays_with_its_row_and_its_server(tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        url = f"https://{PUBLIC}/v1"
        await made.own.put("ann", base_url=url, model="m", api_key=KEY)
        with pytest.raises(BadRequest) as caught:
            await made.own.put("ann", base_url="https://93.184.216.35/v1", model="m", api_key=None)
        assert caught.value.param == "api_key"
        with pytest.raises(BadRequest):
            await made.own.test("ann", "https://93.184.216.35/v1", None)
        kept = await made.own.put("ann", base_url=f"https://{PUBLIC}/v2", model="n", api_key=None)
        assert (kept.id, kept.has_key) == ("own/n", True)
        store = made.own._store
        async with store.transaction() as tx:  # somebody who may write into the database copies it
            row = await tx.endpoints.of("ann")
            assert row is not None
            await tx.endpoints.save(msgspec.structs.replace(row, id=new_id(), user_id="eve"))
        with pytest.raises(SealBroken):
            await made.own.target("eve", "own/n")
        assert await made.own.target("ann", "own/n") is not None
        (tmp_path / FILE).unlink()
        with pytest.raises(SealBroken) as lost:
            await made.own.target("ann", "own/n")
        assert lost.value.remedy


async def test_a_name_that_comes_to_mean_another_place_is_not_followed(tmp_path: Path) -> None:
    async with running_fake() as fake, room(tmp_path) as made:
        made.names.known["far.example"] = PUBLIC
        url = f"http://far.example:{place(fake).rpartition(':')[2]}/v1"
        await made.own.put("ann", base_url=url, model="m", api_key=KEY)
        made.names.known["far.example"] = "127.0.0.1"
        with pytest.raises(EngineDied):
            await made.ask("ann", "own/m")
        with pytest.raises(AddressRefused):
            await made.own.test("ann", url, None)
        assert await fake.requests() == []


def test_a_key_fits_a_header() -> None:
    assert checked_key("sk-1", "api_key") == "sk-1"
    assert checked_key("", "api_key") == ""
    for key in ("a b", "a\nb", "schlüssel", "\x00"):
        with pytest.raises(BadRequest) as caught:
            checked_key(key, "custom_api_key")
        assert caught.value.param == "custom_api_key"
