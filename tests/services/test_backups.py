"""Archives of everything: whole or refused, and a restore that is done or not begun."""

import asyncio
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from stellarchat.core.errors import BadRequest, Conflict, NotFound, StellarChatError, Unavailable
from stellarchat.services.backups.backups import Backups
from stellarchat.services.backups.packing import Archives
from stellarchat.store import Store
from tests.databases import sqlite_url
from tests.store.samples import add_chat
from tests.waiting import eventually

DIGEST = "ab" + "0" * 62


class Place:
    """A data folder with a database in it, and one attached file."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder, self.url = folder, sqlite_url(folder)
        self.archives = Archives(self.url, folder)
        self.backups = Backups(self.archives, folder)
        self.restarts = 0
        self.backups.restart = self._restart
        self.file = folder / "files" / DIGEST[:2] / DIGEST / "original"
        self.file.parent.mkdir(parents=True)
        self.file.write_bytes(b"attached")
        (folder / "files" / "incoming").mkdir()
        (folder / "files" / "incoming" / "half").write_bytes(b"half")

    def _restart(self) -> None:
        self.restarts += 1

    async def add(self, title: str) -> None:
        store = Store(self.url)
        await store.open()
        await add_chat(store, title=title)
        await store.close()

    async def titles(self) -> list[str]:
        store = Store(self.url)
        await store.open()
        async with store.read() as tx:
            found = [chat.title for chat in (await tx.chats.list("ann")).items]
        await store.close()
        return found

    async def made(self) -> str:
        """Make a backup and return its name."""
        name = self.backups.create().name

        async def ready() -> bool:
            return [one.state for one in await self.backups.all() if one.name == name] == ["ready"]

        await eventually(ready)
        return name


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "data")


async def test_a_backup_is_made_listed_given_away_and_removed(place: Place) -> None:
    await place.add("one")
    begun = place.backups.create()
    assert begun.state == "writing"
    with pytest.raises(Conflict):
        place.backups.create()
    name = begun.name

    async def ready() -> bool:
        return (await place.backups.all())[0].state == "ready"

    await eventually(ready)
    [one] = await place.backups.all()
    assert one.manifest is not None
    assert (one.manifest.files, one.manifest.files_bytes) == (1, 8)
    path = place.backups.path(name)
    assert path.stat().st_mode & 0o077 == 0
    assert b"".join([piece async for piece in place.backups.read(path)]) == path.read_bytes()
    with zipfile.ZipFile(path) as packed:
        inside = set(packed.namelist())
    assert inside == {"manifest.json", "database.sqlite", f"files/ab/{DIGEST}/original"}
    place.backups.delete(name)
    assert await place.backups.all() == []
    with pytest.raises(NotFound):
        place.backups.delete(name)


async def test_a_restore_is_checked_and_done_at_the_next_start(place: Place) -> None:
    await place.add("one")
    name = await place.made()
    await place.add("two")
    place.file.unlink()
    await place.backups.restore(name, "ann")
    assert (place.restarts, await place.titles()) == (1, ["two", "one"])
    again = Backups(place.archives, place.folder)
    done = await again.open()
    assert done is not None
    assert (done.error, done.user_id, again.last()) == (None, "ann", done)
    assert await place.titles() == ["one"]
    assert place.file.read_bytes() == b"attached"
    # nothing is pending any more, and what was there before can be had back
    assert await again.open() is None
    again.restart = place.backups.restart
    assert done.before is not None
    await again.restore(done.before, "ann")
    await again.open()
    assert await place.titles() == ["two", "one"]


async def test_a_backup_that_was_damaged_meanwhile_changes_nothing(place: Place) -> None:
    await place.add("one")
    name = await place.made()
    await place.add("two")
    await place.backups.restore(name, None)
    path = place.backups.path(name)
    path.write_bytes(path.read_bytes()[:-40])
    done = await Backups(place.archives, place.folder).open()
    assert done is not None
    assert done.error is not None
    assert await place.titles() == ["two", "one"]


async def test_a_server_that_cannot_start_anew_says_so(place: Place) -> None:
    name = await place.made()
    place.backups.restart = None
    with pytest.raises(Unavailable):
        await place.backups.restore(name, None)
    assert await place.backups.open() is None


def repacked(source: Path, target: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    """Write an archive like another, but for what `change` does to it."""
    with zipfile.ZipFile(source) as packed:
        content = {name: packed.read(name) for name in packed.namelist()}
    change(content)
    with zipfile.ZipFile(target, "w") as packed:
        for name, data in content.items():
            packed.writestr(name, data)


def without(name: str) -> Callable[[dict[str, bytes]], None]:
    return lambda content: content.pop(name) and None


def having(name: str, data: bytes) -> Callable[[dict[str, bytes]], None]:
    return lambda content: content.update({name: data})


async def test_archives_that_are_not_whole_or_reach_out_are_refused(place: Place) -> None:
    """Open WebUI CVE-2024-6707, AnythingLLM 2024-13059: no entry of an archive leaves its folder."""
    good = place.backups.path(await place.made())
    outside = sorted(place.folder.parent.rglob("*"))
    wrong = {
        "no manifest": without("manifest.json"),
        "no database": without("database.sqlite"),
        "another manifest": having("manifest.json", b'{"format":"x"}'),
        "another database": having("database.sqlite", b"x" * 5000),
        **{
            name: having(name, b"evil")
            for name in (
                "../evil",
                "files/../../evil",
                "/tmp/evil",
                "files/ab/..%2fevil/../x",
                "files\\..\\evil",
                "files/．．/evil",
                "files/incoming/evil",
                "files",
                "stellarchat.db",
                "endpoints.key",
                "files/a\nb",
            )
        },
    }
    for name, change in wrong.items():
        bad = place.backups.folder / "bad.zip"
        repacked(good, bad, change)
        with pytest.raises(StellarChatError) as caught:
            await place.backups.restore("bad.zip", None)
        assert caught.value.status == 400, name
        bad.unlink()
    assert place.restarts == 0
    assert sorted(place.folder.parent.rglob("*")) == outside


async def test_a_link_in_an_archive_is_refused(place: Place) -> None:
    good = place.backups.path(await place.made())
    bad = place.backups.folder / "bad.zip"
    bad.write_bytes(good.read_bytes())
    link = zipfile.ZipInfo("files/ab/link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(bad, "a") as packed:
        packed.writestr(link, "/etc/passwd")
    with pytest.raises(BadRequest):
        await place.archives.verify(bad)


@pytest.mark.parametrize(
    "name", ["", "x", "../x.zip", "a/b.zip", ".x.zip", "x.zip\0", "%2e%2e.zip", "restore.json"]
)
async def test_what_is_no_name_of_a_backup_is_not_found(place: Place, name: str) -> None:
    await place.made()
    with pytest.raises(NotFound):
        place.backups.path(name)
    with pytest.raises(NotFound):
        await place.backups.restore(name, None)


async def test_a_backup_from_elsewhere_is_checked_before_it_is_kept(place: Place) -> None:
    data = place.backups.path(await place.made()).read_bytes()

    async def pieces(content: bytes):  # type: ignore[no-untyped-def]
        for start in range(0, len(content), 1000):
            yield content[start : start + 1000]

    taken = await place.backups.receive("mine.zip", pieces(data))
    assert (taken.name, taken.state) == ("mine.zip", "ready")
    with pytest.raises(Conflict):
        await place.backups.receive("mine.zip", pieces(data))
    for name, content in (("../mine.zip", data), ("other.zip", data[:-50]), ("empty.zip", b"")):
        with pytest.raises(BadRequest):
            await place.backups.receive(name, pieces(content))
    assert {one.state for one in await place.backups.all()} == {"ready"}
    assert len(await place.backups.all()) == 2
    assert list(place.backups.folder.glob("*.part")) == []


async def test_what_was_left_half_written_is_removed(place: Place) -> None:
    place.backups.folder.mkdir()
    (place.backups.folder / "x.zip.part").write_bytes(b"x")
    (place.backups.folder / ".writing-1").mkdir()
    (place.folder / ".restoring-1").mkdir()
    await place.backups.open()
    assert list(place.backups.folder.iterdir()) == []
    assert not (place.folder / ".restoring-1").exists()


async def test_a_failed_backup_is_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(target: Path) -> None:
        raise Unavailable("no room")

    monkeypatch.setattr(place.archives, "write", refuse)
    place.backups.create()
    await asyncio.sleep(0)

    async def failed() -> bool:
        return [one.error for one in await place.backups.all()] == ["no room"]

    await eventually(failed)
    await place.backups.close()
