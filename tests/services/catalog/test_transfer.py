"""One file's way from a misbehaving hub to the disk."""

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from stellarchat.core.errors import Conflict, Forbidden, NotFound, StellarChatError, Unavailable
from stellarchat.services.catalog import transfer as module
from stellarchat.services.catalog.hub import Hub
from stellarchat.services.catalog.transfer import Corrupt, DiskFull, State, Transfer
from stellarchat.services.catalog.wire import Interrupted
from tests.hub.server import FakeHub

CONTENT = bytes(range(256)) * 40_000  # 10 MB
REPO = "owner/name"
HALF = len(CONTENT) // 2


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with FakeHub(CONTENT) as hub:
        yield hub


def fetching(
    hub: FakeHub,
    folder: Path,
    state: State | None = None,
    token: str | None = None,
    expected: str | None = None,
) -> Transfer:
    client = Hub(hub.url, token, timeout=10)
    destination = folder / "a" / "file.gguf"
    return Transfer(
        client,
        client.url(REPO, "main", "file.gguf"),
        destination,
        state=state,
        expected=expected,
        backoff=0.001,
    )


def part_with(transfer: Transfer, data: bytes) -> None:
    transfer.part.parent.mkdir(parents=True)
    transfer.part.write_bytes(data)


def test_a_file_comes_whole(hub: FakeHub, tmp_path: Path) -> None:
    transfer = fetching(hub, tmp_path)
    transfer.run()
    assert transfer.destination.read_bytes() == CONTENT
    assert not transfer.part.exists()
    assert (transfer.state.bytes_done, transfer.state.sha256) == (len(CONTENT), hub.sha256)


def test_a_cut_connection_is_continued_where_it_was_cut(hub: FakeHub, tmp_path: Path) -> None:
    """Fault: download cut. It resumes by Range."""
    hub.faults.cut_at = [1_000_000, 2_000_000]
    transfer = fetching(hub, tmp_path)
    transfer.run()
    assert transfer.destination.read_bytes() == CONTENT
    assert [one.headers.get("Range") for one in hub.gets()] == [None, "bytes=1000000-", "bytes=3000000-"]


def test_a_part_on_the_disk_is_continued(hub: FakeHub, tmp_path: Path) -> None:
    transfer = fetching(hub, tmp_path)
    part_with(transfer, CONTENT[:HALF])
    transfer.run()
    assert transfer.destination.read_bytes() == CONTENT
    assert [one.headers.get("Range") for one in hub.gets()] == [f"bytes={HALF}-"]


def test_a_complete_part_is_only_checked(hub: FakeHub, tmp_path: Path) -> None:
    transfer = fetching(hub, tmp_path)
    part_with(transfer, CONTENT)
    transfer.run()
    assert transfer.destination.read_bytes() == CONTENT
    assert hub.gets() == []


@pytest.mark.parametrize("known", [True, False], ids=["longer than the file", "of another content"])
def test_a_part_of_something_else_is_thrown_away(hub: FakeHub, tmp_path: Path, known: bool) -> None:
    state = None if known else State(HALF, len(CONTENT), None, "0" * 64)
    transfer = fetching(hub, tmp_path, state)
    part_with(transfer, b"x" * (len(CONTENT) + 5 if known else HALF))
    transfer.run()
    assert transfer.destination.read_bytes() == CONTENT
    assert [one.headers.get("Range") for one in hub.gets()] == [None]


def test_a_file_that_changes_between_tries_begins_anew(hub: FakeHub, tmp_path: Path) -> None:
    hub.faults.cut_at = [HALF]
    transfer = fetching(hub, tmp_path)
    changed = False

    def change() -> None:
        nonlocal changed
        if transfer.state.bytes_done == HALF and not changed:
            changed = True
            hub.content = CONTENT[::-1]

    transfer.changed = change
    transfer.run()
    assert changed
    assert transfer.destination.read_bytes() == CONTENT[::-1]


def test_without_a_hash_the_etag_guards_a_resumed_file(hub: FakeHub, tmp_path: Path) -> None:
    hub.faults.no_hash = True
    stale = State(HALF, len(CONTENT), '"of-another-file"', None)
    transfer = fetching(hub, tmp_path, stale)
    part_with(transfer, b"x" * HALF)
    transfer.run()
    assert transfer.destination.read_bytes() == CONTENT
    assert hub.gets()[0].headers["If-Range"] == '"of-another-file"'


def test_a_server_without_ranges_sends_it_from_the_start(hub: FakeHub, tmp_path: Path) -> None:
    hub.faults.ignore_range = True
    transfer = fetching(hub, tmp_path)
    part_with(transfer, b"x" * HALF)
    transfer.run()
    assert transfer.destination.read_bytes() == CONTENT


def test_416_begins_anew(hub: FakeHub, tmp_path: Path) -> None:
    hub.faults.cdn_status = [416]
    transfer = fetching(hub, tmp_path)
    part_with(transfer, CONTENT[:HALF])
    transfer.run()
    assert transfer.destination.read_bytes() == CONTENT
    assert [one.headers.get("Range") for one in hub.gets()] == [f"bytes={HALF}-", None]


def test_429_and_5xx_are_tried_again_and_retry_after_is_honoured(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault: 429 with Retry-After, 5xx."""
    hub.faults.status = [429, 503]
    hub.faults.retry_after = "7"
    waits: list[float] = []
    transfer = fetching(hub, tmp_path)
    monkeypatch.setattr(transfer.switch, "sleep", waits.append)
    transfer.run()
    assert transfer.destination.read_bytes() == CONTENT
    assert waits == [7.0, 7.0]


def test_a_hub_that_stays_broken_is_given_up(hub: FakeHub, tmp_path: Path) -> None:
    hub.faults.status = [500] * 50
    with pytest.raises(Unavailable, match="answered 500"):
        fetching(hub, tmp_path).run()
    assert len(hub.asked) == module.TRIES


def test_nobody_there_says_how_to_get_further(tmp_path: Path) -> None:
    with FakeHub() as gone:
        transfer = fetching(gone, tmp_path)
    with pytest.raises(Unavailable) as caught:
        transfer.run()
    assert caught.value.remedy
    assert "hf_endpoint" in caught.value.remedy


def test_a_wrong_hash_never_gets_the_files_name(hub: FakeHub, tmp_path: Path) -> None:
    """Fault: download cut, corrupt model. The hash is checked before the rename."""
    hub.faults.spoil = True
    transfer = fetching(hub, tmp_path)
    with pytest.raises(Corrupt, match="SHA-256"):
        transfer.run()
    assert not transfer.destination.exists()
    assert transfer.part.stat().st_size == 0
    hub.faults.spoil = False
    fetching(hub, tmp_path, transfer.state).run()
    assert transfer.destination.read_bytes() == CONTENT


def test_the_hash_in_the_catalogue_is_the_only_one_that_will_do(hub: FakeHub, tmp_path: Path) -> None:
    with pytest.raises(Corrupt, match=r"models\.json"):
        fetching(hub, tmp_path, expected="0" * 64).run()
    assert hub.gets() == []
    hub.faults.no_hash = True
    with pytest.raises(Corrupt, match="SHA-256"):
        fetching(hub, tmp_path, expected="0" * 64).run()
    fetching(hub, tmp_path, expected=hub.sha256).run()
    assert (tmp_path / "a" / "file.gguf").read_bytes() == CONTENT


def test_a_length_that_lies_is_corrupt(hub: FakeHub, tmp_path: Path) -> None:
    hub.faults.say_size = len(CONTENT) - 1
    with pytest.raises(Corrupt, match="bytes"):
        fetching(hub, tmp_path).run()
    hub.faults.say_size = len(CONTENT) * 2
    with pytest.raises(Corrupt, match="bytes"):
        fetching(hub, tmp_path).run()


@pytest.mark.parametrize(
    ("status", "code", "kind", "word"),
    [
        (401, None, Forbidden, "hf_token"),
        (403, None, Forbidden, "licence"),
        (401, "GatedRepo", Forbidden, "Accept it at"),
        (404, "EntryNotFound", NotFound, "models.json"),
    ],
)
def test_refusals_say_what_to_do(
    hub: FakeHub, tmp_path: Path, status: int, code: str | None, kind: type[StellarChatError], word: str
) -> None:
    hub.faults.status, hub.faults.error_code = [status], code
    with pytest.raises(kind) as caught:
        fetching(hub, tmp_path).run()
    assert word in f"{caught.value.message} {caught.value.remedy}"
    assert len(hub.asked) == 1


def test_a_renamed_repository_is_followed(hub: FakeHub, tmp_path: Path) -> None:
    hub.faults.renamed = True
    transfer = fetching(hub, tmp_path)
    transfer.run()
    assert transfer.destination.read_bytes() == CONTENT
    assert "/new/name/resolve/main/file.gguf" in [one.path for one in hub.asked]


def test_the_token_goes_to_the_hub_alone(hub: FakeHub, tmp_path: Path) -> None:
    fetching(hub, tmp_path, token="hf_secret").run()
    assert {one.headers["Authorization"] for one in hub.asked} == {"Bearer hf_secret"}
    with FakeHub(CONTENT) as other:
        client = Hub(hub.url, "hf_secret")
        transfer = Transfer(client, f"{other.url}/cdn/{other.sha256}", tmp_path / "other")
        with client.open(f"{other.url}/cdn/{other.sha256}", transfer.switch) as answer:
            assert answer.status == 200
        assert [one.headers.get("Authorization") for one in other.asked] == [None]


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1:1/x", "http://169.254.169.254/latest", "file:///etc/passwd"]
)
def test_a_redirect_to_an_unprotected_address_is_refused(hub: FakeHub, tmp_path: Path, target: str) -> None:
    hub.faults.redirect_to = target
    transfer = fetching(hub, tmp_path)
    with pytest.raises(Forbidden, match="unprotected"):
        transfer.run()
    assert not transfer.destination.exists()


def test_a_redirect_in_circles_ends(hub: FakeHub, tmp_path: Path) -> None:
    hub.faults.redirect_to = "/owner/name/resolve/main/file.gguf"
    with pytest.raises(Unavailable, match="circles"):
        fetching(hub, tmp_path).run()


def test_too_little_room_is_said_before_a_byte_comes(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault: disk full, seen beforehand."""
    usage = shutil.disk_usage(tmp_path)._replace(free=module.DISK_RESERVE + 1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(DiskFull) as caught:
        fetching(hub, tmp_path).run()
    assert "models_dir" in (caught.value.remedy or "")
    assert hub.gets() == []


def test_a_retry_after_of_a_day_is_not_waited_for(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault: 429 with Retry-After is honoured, capped."""
    hub.faults.status, hub.faults.retry_after = [429], "86400"
    waits: list[float] = []
    transfer = fetching(hub, tmp_path)
    monkeypatch.setattr(transfer.switch, "sleep", waits.append)
    transfer.run()
    assert waits == [module.LONGEST_WAIT]


def test_a_disk_that_fills_up_meanwhile_keeps_what_has_come(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault: disk full, while bytes come. It is not tried again, and goes on when there is room."""
    opened = os.fdopen

    def filling(descriptor: int, mode: str) -> object:
        file = opened(descriptor, mode)

        class Filling:
            def __enter__(self) -> "Filling":
                return self

            def __exit__(self, *_: object) -> None:
                file.close()

            def __getattr__(self, name: str) -> object:
                return getattr(file, name)

            def write(self, data: bytes) -> int:
                if file.tell() + len(data) > HALF:
                    raise OSError(28, "No space left on device")
                return file.write(data)

        return Filling()

    monkeypatch.setattr(os, "fdopen", filling)
    transfer = fetching(hub, tmp_path)
    with pytest.raises(DiskFull, match="disk is full") as caught:
        transfer.run()
    assert str(transfer.part.parent) in (caught.value.remedy or "")
    assert len(hub.gets()) == 1
    kept = transfer.part.read_bytes()
    assert kept
    assert CONTENT.startswith(kept)
    monkeypatch.setattr(os, "fdopen", opened)
    fetching(hub, tmp_path, transfer.state).run()
    assert transfer.destination.read_bytes() == CONTENT
    assert hub.gets()[-1].headers["Range"] == f"bytes={len(kept)}-"


def test_a_full_disk_is_said_as_such(hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault: disk full."""

    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    transfer = fetching(hub, tmp_path)
    with pytest.raises(DiskFull, match="disk is full"):
        transfer.run()
    assert not transfer.destination.exists()


def test_switching_off_ends_a_read_that_waits(hub: FakeHub, tmp_path: Path) -> None:
    hub.faults.pause_at = HALF
    transfer = fetching(hub, tmp_path)
    caught: list[BaseException] = []

    def run() -> None:
        try:
            transfer.run()
        except Interrupted as error:
            caught.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    assert hub.paused.wait(10)
    transfer.switch.turn_off()
    thread.join(10)
    assert len(caught) == 1
    assert CONTENT.startswith(transfer.part.read_bytes())


def test_two_processes_do_not_write_one_file(hub: FakeHub, tmp_path: Path) -> None:
    hub.faults.pause_at = HALF
    first, second = fetching(hub, tmp_path), fetching(hub, tmp_path)
    thread = threading.Thread(target=first.run)
    thread.start()
    assert hub.paused.wait(10)
    with pytest.raises(Conflict, match="Another process"):
        second.run()
    hub.faults.pause.set()
    thread.join(10)
    assert first.destination.read_bytes() == CONTENT


def test_a_link_in_place_of_the_part_is_not_followed(hub: FakeHub, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"mine")
    transfer = fetching(hub, tmp_path)
    transfer.part.parent.mkdir()
    transfer.part.symlink_to(outside)
    with pytest.raises(OSError, match="symbolic links"):
        transfer.run()
    assert outside.read_bytes() == b"mine"


@pytest.mark.parametrize("endpoint", ["ftp://x", "file:///etc", "https://", "https://u:p@x", "x"])
def test_an_endpoint_is_an_address(endpoint: str) -> None:
    with pytest.raises(StellarChatError, match="http"):
        Hub(endpoint)


def test_a_token_of_several_lines_is_refused() -> None:
    with pytest.raises(StellarChatError, match="one word"):
        Hub(token="a\r\nHost: evil")


def test_the_token_does_not_follow_a_redirect_to_the_cdn(hub: FakeHub, tmp_path: Path) -> None:
    class Trusting(Hub):
        def _led(self, url: str, target: str) -> str:
            return target  # a CDN has https, which a server of a test has not

    with FakeHub(CONTENT) as cdn:
        hub.faults.redirect_to = f"{cdn.url}/cdn/{cdn.sha256}?Signature=x"
        client = Trusting(hub.url, "hf_secret")
        Transfer(client, client.url(REPO, "main", "file.gguf"), tmp_path / "file.gguf").run()
        assert (tmp_path / "file.gguf").read_bytes() == CONTENT
        assert {one.headers.get("Authorization") for one in hub.asked} == {"Bearer hf_secret"}
        assert [one.headers.get("Authorization") for one in cdn.asked] == [None]
