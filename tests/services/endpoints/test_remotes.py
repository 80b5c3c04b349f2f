"""Endpoints that a person adds: addresses, names, and a key that stays where it was given for."""

import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from stellarchat.core.addresses import AddressRefused
from stellarchat.core.errors import BadRequest, Conflict, EngineDied, EngineRefused, NotFound
from stellarchat.services.answers.gateway import Gateway
from stellarchat.services.endpoints.endpoints import Endpoints
from stellarchat.services.endpoints.reaching import Reach
from stellarchat.services.endpoints.remotes import Preset, Remotes
from stellarchat.services.outside import Outside
from stellarchat.services.seals import FILE, Seals
from stellarchat.store.database import Store
from tests.databases import sqlite_url
from tests.fake_engine import Fake, running_fake
from tests.services.targets import gateway

KEY = "sk-canary-51f0"
PUBLIC = "93.184.216.34"


class Names:
    """What names mean now; a test may change it."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}

    def __call__(self, host: str, port: int) -> list[tuple[socket.AddressFamily, tuple[Any, ...]]]:
        if host.replace(".", "").isdigit():
            return [(socket.AF_INET, (host, port))]
        if host not in self.known:
            raise socket.gaierror(-2, "Name or service not known")
        return [(socket.AF_INET, (self.known[host], port))]


class Room:
    """Everything around the endpoints."""

    def __init__(self, folder: Path, store: Store, allow: tuple[str, ...], presets: list[Preset]) -> None:
        self.names = Names()
        self.outside = Outside(allow, resolve=self.names)
        self.gateway: Gateway = gateway()
        offered = [remote for preset in presets if (remote := preset.remote())]
        self.endpoints = Endpoints(self.gateway, offered, self.ours)
        reach = Reach(self.outside, Seals(folder))
        self.remotes = Remotes(store, self.endpoints, reach, presets, self.ours)

    @staticmethod
    def ours(model: str) -> bool:
        return model == "local-model"


@contextlib.asynccontextmanager
async def room(folder: Path, *allow: str, presets: list[Preset] | None = None) -> AsyncIterator[Room]:
    """Open them over one database; again for a second life."""
    file = folder / "stellarchat.db"
    store = Store(f"sqlite:///{file}" if file.exists() else sqlite_url(folder))
    await store.open()
    made = Room(folder, store, allow, presets or [])
    try:
        await made.remotes.open()
        yield made
    finally:
        await made.endpoints.close()
        await made.outside.close()
        made.gateway.close()
        await store.close()


def place(fake: Fake) -> str:
    """Return host and port of a fake."""
    return fake.base_url.removeprefix("http://")


def files_with(folder: Path, word: str) -> list[Path]:
    """Return the files that hold a word."""
    return [file for file in folder.iterdir() if word.encode() in file.read_bytes()]


async def ask(room: Room, model: str) -> int:
    """Ask a model a question, which wants the key; return the status."""
    body = {"model": "fake", "messages": [{"role": "user", "content": "hi [[fake tokens=1]]"}]}
    async with (
        room.gateway.lease(model) as lease,
        await lease.ask("/chat/completions", body) as answer,
    ):
        await answer.read(1 << 20)
        return answer.status


async def test_an_endpoint_serves_with_its_key_and_still_does_after_a_restart(tmp_path: Path) -> None:
    async with running_fake(key=KEY, model="far") as fake:
        async with room(tmp_path, place(fake)) as first:
            known = await first.remotes.add(
                {"name": "Cloud", "base_url": f"{fake.base_url}/v1/", "api_key": KEY}
            )
            assert (known.has_key, known.served, known.models) == (True, ("far",), ())
            assert await ask(first, "far") == 200
            assert KEY not in repr(first.remotes.list())
        async with room(tmp_path, place(fake)) as second:
            await second.endpoints.told("Cloud", 30)
            assert await ask(second, "far") == 200
            assert second.remotes.list()[0].id == known.id
        assert files_with(tmp_path, KEY) == []


async def test_a_key_whose_seal_is_lost_is_not_sent(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    fields = {"name": "a", "base_url": f"http://{PUBLIC}/v1", "api_key": KEY, "models": ["m"]}
    async with room(tmp_path) as first:
        await first.remotes.add(fields)
        assert first.gateway.endpoints["m"].address.api_key == KEY
    (tmp_path / FILE).unlink()
    async with room(tmp_path) as second:
        assert second.gateway.endpoints["m"].address.api_key is None
        assert FILE in caplog.text


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/v1",
        "http://localhost:9/v1",
        "http://169.254.169.254/latest",
        "http://10.0.0.1/v1",
        "http://[::1]:9/v1",
        "http://0x7f.1/v1",
        "http://user@example.com/v1",
        "ftp://example.com/v1",
        "http://inside.example/v1",
        "https://example.com/v1?x=1",
        "https://example.com/v1#x",
    ],
)
async def test_addresses_of_ours_are_refused_everywhere(tmp_path: Path, url: str) -> None:
    async with room(tmp_path) as made:
        made.names.known = {"inside.example": "192.168.0.9", "localhost": "127.0.0.1"}
        made.names.known["example.com"] = PUBLIC
        known = await made.remotes.add({"name": "a", "base_url": f"http://{PUBLIC}/v1", "models": ["m"]})
        with pytest.raises(AddressRefused) as caught:
            await made.remotes.add({"name": "b", "base_url": url, "models": ["n"]})
        assert caught.value.param == "base_url"
        with pytest.raises(AddressRefused):
            await made.remotes.change(known.id, {"base_url": url})
        with pytest.raises(AddressRefused):
            await made.remotes.test(url, KEY)
        assert [one.base_url for one in made.remotes.list()] == [f"http://{PUBLIC}/v1"]


async def test_a_name_that_comes_to_mean_another_place_is_not_followed(tmp_path: Path) -> None:
    async with running_fake() as fake, room(tmp_path) as made:
        made.names.known["far.example"] = PUBLIC
        url = f"http://far.example:{place(fake).rpartition(':')[2]}/v1"
        await made.remotes.add({"name": "a", "base_url": url, "models": ["m"], "api_key": KEY})
        made.names.known["far.example"] = "127.0.0.1"
        with pytest.raises(EngineDied) as caught:
            await ask(made, "m")
        assert "outside.allow" in (caught.value.remedy or "")
        assert await fake.requests() == []


async def test_a_key_is_not_sent_to_another_origin(tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        known = await made.remotes.add(
            {"name": "a", "base_url": f"https://{PUBLIC}/v1", "models": ["m"], "api_key": KEY}
        )
        for other in (f"http://{PUBLIC}/v1", f"https://{PUBLIC}:444/v1", "https://93.184.216.35/v1"):
            with pytest.raises(BadRequest) as caught:
                await made.remotes.change(known.id, {"base_url": other})
            assert caught.value.param == "api_key"
        same = await made.remotes.change(known.id, {"base_url": f"https://{PUBLIC}/v2"})
        assert same.has_key
        target = made.gateway.endpoints["m"]
        assert (target.address.base_url, target.address.api_key) == (f"https://{PUBLIC}/v2", KEY)
        bare = await made.remotes.change(known.id, {"base_url": f"http://{PUBLIC}/v1", "api_key": ""})
        assert not bare.has_key
        assert made.gateway.endpoints["m"].address.api_key is None


async def test_a_server_that_repeats_the_key_does_not_tell_it_to_clients(tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        fields = {"name": "a", "base_url": f"http://{PUBLIC}/v1", "models": ["m"], "api_key": KEY}
        await made.remotes.add(fields)
        with pytest.raises(EngineRefused) as caught:
            async with made.gateway.lease("m"):
                raise EngineRefused(f"Incorrect API key provided: {KEY}", detail=f'{{"key": "{KEY}"}}')
        assert KEY not in repr(caught.value)
        assert KEY not in repr(caught.value.info())
        assert "Incorrect API key" in caught.value.message


async def test_names_that_are_taken_are_a_conflict(tmp_path: Path) -> None:
    presets = [Preset(name="Config", base_url="http://far/v1", models=("theirs",))]
    url = f"http://{PUBLIC}/v1"
    async with room(tmp_path, presets=presets) as made:
        await made.remotes.add({"name": "a", "base_url": url, "models": ["m"]})
        for name, models, param in (
            ("a", ["n"], "name"),
            ("Config", ["n"], "name"),
            ("b", ["m"], "models"),
            ("b", ["theirs"], "models"),
            ("b", ["local-model"], "models"),
        ):
            with pytest.raises(Conflict) as caught:
                await made.remotes.add({"name": name, "base_url": url, "models": models})
            assert caught.value.param == param
        assert set(made.gateway.endpoints) == {"theirs", "m"}
        waiting = await made.remotes.add({"name": "b", "base_url": url, "models": ["m"], "enabled": False})
        with pytest.raises(Conflict):
            await made.remotes.change(waiting.id, {"enabled": True})


async def test_found_models_never_hide_a_local_one(tmp_path: Path) -> None:
    async with running_fake(model="local-model") as fake, room(tmp_path, place(fake)) as made:
        known = await made.remotes.add({"name": "a", "base_url": f"{fake.base_url}/v1", "api_key": fake.key})
        assert known.served == ()
        assert made.gateway.endpoints == {}


async def test_changes_take_hold_at_once_and_removal_cuts_connections(tmp_path: Path) -> None:
    async with running_fake() as fake, room(tmp_path, place(fake)) as made:
        fields = {"name": "a", "base_url": f"{fake.base_url}/v1", "api_key": fake.key, "models": ["m"]}
        known = await made.remotes.add(fields)
        async with made.gateway.lease("m") as lease:
            body = {"model": "fake", "stream": True}
            body["messages"] = [{"role": "user", "content": "[[fake tokens=5 stall_after=1]]"}]
            async with await lease.ask("/chat/completions", body) as answer:
                await made.remotes.change(known.id, {"models": ["n"], "name": "b"})
                with pytest.raises(EngineDied):
                    await answer.read(1 << 20)
        assert set(made.gateway.endpoints) == {"n"}
        assert await ask(made, "n") == 200
        await made.remotes.change(known.id, {"enabled": False})
        assert made.gateway.endpoints == {}
        await made.remotes.change(known.id, {"enabled": True})
        await made.remotes.remove(known.id)
        assert made.gateway.endpoints == {}
        assert made.remotes.list() == []
        with pytest.raises(NotFound):
            await made.remotes.remove(known.id)


async def test_those_of_the_settings_are_shown_and_not_changed(tmp_path: Path) -> None:
    presets = [
        Preset(name="on", base_url="http://far/v1", api_key=KEY, models=("x",)),
        Preset(name="off", models=("codegeex4-all-9b",), enabled=False),
    ]
    async with room(tmp_path, presets=presets) as made:
        on, off = made.remotes.list()
        assert (on.source, on.has_key, on.served) == ("config", True, ("x",))
        assert (off.enabled, off.base_url, off.served) == (False, "", ())
        with pytest.raises(Conflict) as caught:
            await made.remotes.change(on.id, {"enabled": False})
        assert "configuration" in caught.value.message
        with pytest.raises(Conflict):
            await made.remotes.remove(off.id)
        with pytest.raises(BadRequest):
            await made.remotes.test_known(off.id)


async def test_a_test_tells_models_or_what_is_wrong_and_never_the_key(tmp_path: Path) -> None:
    async with running_fake(key=KEY, model="far") as fake, room(tmp_path, place(fake)) as made:
        url = f"{fake.base_url}/v1"
        good = await made.remotes.test(url, KEY)
        assert (good.reachable, good.models, good.error) == (True, ("far",), None)
        assert good.took_ms is not None
        bad = await made.remotes.test(f"{fake.base_url}/nothing", KEY)
        assert not bad.reachable
        assert bad.error is not None
        assert bad.error.remedy
        assert KEY not in repr(bad)
        known = await made.remotes.add({"name": "a", "base_url": url, "api_key": KEY})
        assert (await made.remotes.test_known(known.id)).models == ("far",)
        nobody = await made.remotes.test("http://nobody.example/v1", None)
        assert not nobody.reachable
        assert nobody.error is not None
        assert "nobody.example" in nobody.error.message
        with pytest.raises(NotFound):
            await made.remotes.test_known("none")
