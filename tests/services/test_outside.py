"""Fetching from named addresses: what reaches whom, at the socket.

The corpus of addresses is in tests/core/test_addresses.py; here are names, redirects and odd servers.
"""

import asyncio
import pathlib
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from stellarchat.core.addresses import AddressRefused
from stellarchat.services import outside
from stellarchat.services.outside import (
    REDIRECTS,
    Fetched,
    FetchFailed,
    FetchTimedOut,
    FetchTooLarge,
    Outside,
    SocketAddress,
)
from tests.elsewhere import Elsewhere, answer
from tests.waiting import eventually

LIMIT = 1000
TEXT: dict[str, Any] = {"kinds": {"text/plain"}, "limit": LIMIT}
Found = list[tuple[socket.AddressFamily, SocketAddress]]


@pytest.fixture
def server() -> Iterator[Elsewhere]:
    """A server that may be fetched from."""
    with Elsewhere() as running:
        running.answers["/"] = answer(b"hello", Content_Type="Text/Plain; charset=utf-8")
        yield running


@pytest.fixture
def canary() -> Iterator[Elsewhere]:
    """A server that nobody may reach."""
    with Elsewhere() as running:
        yield running
        assert running.hits == 0


@pytest.fixture
def door(server: Elsewhere) -> Outside:
    """Lets the server through, and nothing else of this machine."""
    return Outside([server.place])


def at(*ips: str, port: int = 80) -> Found:
    """Return what a resolver would."""
    return [(socket.AF_INET6 if ":" in ip else socket.AF_INET, (ip, port)) for ip in ips]


async def test_an_admitted_place_is_fetched_from(door: Outside, server: Elsewhere) -> None:
    found = await door.get(server.url(), **TEXT)
    assert found == Fetched(server.url(), "text/plain", b"hello")
    head, _, _ = server.asked[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "GET / HTTP/1.1"
    assert {line.split(":")[0] for line in lines[1:]} == {
        "Host",
        "User-Agent",
        "Accept",
        "Accept-Encoding",
        "Connection",
    }


async def test_a_place_is_admitted_by_its_very_name(server: Elsewhere, canary: Elsewhere) -> None:
    door = Outside([server.place, f"localhost:{server.port}"])
    assert (await door.get(f"http://localhost:{server.port}/", **TEXT)).body == b"hello"
    for url in (canary.url(), f"http://localhost:{canary.port}/", f"http://127.0.0.2:{server.port}/"):
        with pytest.raises(AddressRefused) as caught:
            await door.get(url, **TEXT)
        assert "outside.allow" in str(caught.value.remedy)


@pytest.mark.parametrize(
    "ips",
    [
        ("127.0.0.1",),
        ("::1",),
        ("::ffff:127.0.0.1",),
        ("64:ff9b::7f00:1",),
        ("2002:7f00:1::",),
        ("169.254.169.254",),
        ("224.0.0.1",),
        ("8.8.8.8", "127.0.0.1"),
        ("2606:4700:4700::1111", "10.0.0.1"),
        ("8.8.8.8", "fe80::1%eth0"),
    ],
)
async def test_every_number_of_a_name_must_be_public(
    ips: tuple[str, ...], canary: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "socket", refuse_to_open)
    door = Outside(resolve=lambda host, port: at(*ips, port=port))
    with pytest.raises(AddressRefused) as caught:
        await door.get(f"http://name.example:{canary.port}/", **TEXT)
    # the number is a secret of our network
    assert not any(ip in caught.value.message for ip in ips)


def refuse_to_open(*_: Any, **__: Any) -> None:
    """Stand in for a socket."""
    raise AssertionError("a socket was opened")


async def test_a_name_that_changes_its_meaning_leads_nowhere_else(
    canary: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is public when it is asked for first and loopback ever after (DNS rebinding)."""
    asked: list[str] = []

    def changing(host: str, port: int, *_: Any, **__: Any) -> Any:
        asked.append(host)
        ip = "93.184.216.34" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port))]

    connected: list[Any] = []

    async def connect(connection: socket.socket, where: Any) -> None:
        connected.append(where)
        raise ConnectionRefusedError

    # the whole process resolves names so, asyncio included
    monkeypatch.setattr(socket, "getaddrinfo", changing)
    monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", connect)
    with pytest.raises(FetchFailed):
        await Outside().get(f"http://changing.example:{canary.port}/", **TEXT)
    assert connected == [("93.184.216.34", canary.port)]
    assert asked == ["changing.example"]


async def test_a_socket_that_ended_elsewhere_is_not_spoken_through(canary: Elsewhere) -> None:
    """To connect to 0.0.0.0 is to connect to this machine: the peer's own number counts."""
    door = Outside([f"0.0.0.0:{canary.port}"])
    with pytest.raises(FetchFailed):
        await door.get(f"http://0.0.0.0:{canary.port}/", **TEXT)
    assert canary.asked == []
    await eventually(lambda: canary.hits == 1)  # its thread may count later than we are refused
    canary.hits = 0


async def test_what_a_name_has_is_tried_in_turn(server: Elsewhere) -> None:
    closed = socket.create_server(("127.0.0.1", 0))
    closed_port = closed.getsockname()[1]
    closed.close()
    found = [*at("127.0.0.1", port=closed_port), *at("127.0.0.1", port=server.port)]
    door = Outside(["name.example:80"], resolve=lambda host, port: found)
    assert (await door.get("http://name.example/", **TEXT)).body == b"hello"
    assert b"\r\nHost: name.example\r\n" in server.asked[0]


async def test_redirects_are_followed_by_hand(door: Outside, server: Elsewhere) -> None:
    server.answers["/1"] = answer(status="301 Moved", Location="2")
    server.answers["/2"] = answer(status="302 Found", Location=server.url("/3"))
    server.answers["/3"] = answer(status="307 Temporary", Location="/")
    found = await door.get(server.url("/1"), **TEXT)
    assert (found.url, found.body, server.hits) == (server.url("/"), b"hello", 4)


async def test_redirects_come_to_an_end(door: Outside, server: Elsewhere) -> None:
    server.answers["/round"] = answer(status="302 Found", Location="/round")
    with pytest.raises(FetchFailed, match="more than 3"):
        await door.get(server.url("/round"), **TEXT)
    assert server.hits == REDIRECTS + 1


@pytest.mark.parametrize(
    "location",
    [
        *(
            "http://127.0.0.1:{port}/",
            "//127.0.0.1:{port}/",
            "http://localhost:{port}/",
            "http://[::1]:{port}/",
        ),
        *("http://0.0.0.0:{port}/", "http://0x7f.1:{port}/", "http://2130706433:{port}/"),
        *("http://[::ffff:127.0.0.1]:{port}/", "http://user@127.0.0.1:{port}/", "\\\\127.0.0.1:{port}\\"),
        *("file:///etc/passwd", "gopher://127.0.0.1:{port}/", "http://169.254.169.254/latest/meta-data/"),
    ],
)
async def test_a_redirect_is_checked_as_the_first_address_was(
    door: Outside, server: Elsewhere, canary: Elsewhere, location: str
) -> None:
    server.answers["/away"] = answer(status="302 Found", Location=location.format(port=canary.port))
    with pytest.raises(AddressRefused):
        await door.get(server.url("/away"), **TEXT)
    assert server.hits == 1


async def test_a_redirect_gives_no_protection_up() -> None:
    door = Outside()
    with pytest.raises(AddressRefused, match="unprotected"):
        door._redirected(door.checked("https://example.com/"), "http://example.com/")


async def test_proxies_of_the_environment_are_not_used(
    door: Outside, server: Elsewhere, canary: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, canary.url())
    assert (await door.get(server.url(), **TEXT)).body == b"hello"


ODD: dict[str, tuple[bytes | list[bytes], type[FetchFailed]]] = {
    "an error": (answer(b"x", status="500 Oh", Content_Type="text/plain"), FetchFailed),
    "nothing there": (answer(status="404 Not Found"), FetchFailed),
    "no address to go to": (answer(status="302 Found", Content_Type="text/plain"), FetchFailed),
    "another type": (answer(b"<script>", Content_Type="text/html"), FetchFailed),
    "no type": (answer(b"x"), FetchFailed),
    "compressed": (answer(b"x", Content_Type="text/plain", Content_Encoding="gzip"), FetchFailed),
    "too large": (answer(b"x" * (LIMIT + 1), Content_Type="text/plain"), FetchTooLarge),
    "too large, by what it says": (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 99999999999\r\n\r\nx",
        FetchTooLarge,
    ),
    "too large, in chunks": (
        [b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"]
        + [b"64\r\n" + b"x" * 100 + b"\r\n"] * 11,
        FetchTooLarge,
    ),
    "too large, without a length": (
        [b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n", b"x" * (LIMIT + 1)],
        FetchTooLarge,
    ),
    "cut off": (b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nx", FetchFailed),
    "cut off in a chunk": (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nx",
        FetchFailed,
    ),
    "cut off in its head": (b"HTTP/1.1 200 OK\r\nContent-Ty", FetchFailed),
    "nothing": (b"", FetchFailed),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.6\r\n", FetchFailed),
    "another protocol": (
        b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
        FetchFailed,
    ),
    "headers without end": (b"HTTP/1.1 200 OK\r\n" + b"X: yyyyyyyyyyyyyyyyyyyyyyyy\r\n" * 9000, FetchFailed),
}


@pytest.mark.parametrize("name", ODD)
async def test_odd_answers_are_errors(door: Outside, server: Elsewhere, name: str) -> None:
    server.answers["/odd"], kind = ODD[name]
    with pytest.raises(FetchFailed) as caught:
        await door.get(server.url("/odd"), **TEXT)
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    "pieces",
    [
        [b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n", b"he", b"llo"],
        [b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", answer(b"hello", Content_Type="text/plain")],
        [
            b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        ],
    ],
)
async def test_answers_are_framed_in_three_ways(
    door: Outside, server: Elsewhere, pieces: list[bytes]
) -> None:
    server.answers["/odd"] = pieces
    assert (await door.get(server.url("/odd"), **TEXT)).body == b"hello"


@pytest.mark.parametrize(
    "sent", [b"", b"HTTP/1.1 200 OK\r\n", answer(b"x" * 9, Content_Type="text/plain")[:-1]]
)
async def test_who_does_not_come_to_an_end_is_left(door: Outside, server: Elsewhere, sent: bytes) -> None:
    server.answers["/slow"] = sent
    server.hangs.add("/slow")
    with pytest.raises(FetchTimedOut):
        await door.get(server.url("/slow"), **TEXT, timeout=0.2)


async def test_who_waits_for_a_place_waits_no_longer_than_the_limit(
    door: Outside, server: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "_places", asyncio.Semaphore(0))
    with pytest.raises(FetchTimedOut):
        await door.get(server.url(), **TEXT, timeout=0.1)
    assert server.hits == 0


async def test_a_host_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(host: str, port: int) -> Found:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(FetchFailed, match=r"no host nowhere\.example"):
        await Outside(resolve=unknown).get("http://nowhere.example/", **TEXT)


async def test_nothing_is_sent_in_the_clear_that_should_be_encrypted(
    door: Outside, server: Elsewhere
) -> None:
    with pytest.raises(FetchFailed):
        await door.get(f"https://{server.place}/", **TEXT)
    assert (server.hits, server.asked) == (1, [])


def certified(folder: pathlib.Path) -> tuple[pathlib.Path, ssl.SSLContext]:
    """Make a certificate of name.example, and what a server needs to show it."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    made = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=name.example"
    named = ["-addext", "subjectAltName=DNS:name.example", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(["openssl", *made.split(), *named], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return certificate, context


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
async def test_an_encrypted_answer_needs_a_certificate_for_the_very_host(tmp_path: pathlib.Path) -> None:
    certificate, ours = certified(tmp_path)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(b"hello", Content_Type="text/plain"))
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=ours) as running:
        port = running.sockets[0].getsockname()[1]
        places = [f"{host}.example:{port}" for host in ("name", "other")]
        door = Outside(places, resolve=lambda host, at_port: at("127.0.0.1", port=at_port))
        urls = [f"https://{where}/" for where in places]
        for url in urls:  # signed by nobody we trust
            with pytest.raises(FetchFailed, match="cannot prove"):
                await door.get(url, **TEXT)
        door._tls = ssl.create_default_context(cafile=str(certificate))
        assert (await door.get(urls[0], **TEXT)).body == b"hello"
        with pytest.raises(FetchFailed, match="cannot prove"):
            await door.get(urls[1], **TEXT)


async def test_threads_use_the_same_door(door: Outside, server: Elsewhere, canary: Elsewhere) -> None:
    connection = await asyncio.to_thread(door.dial, door.checked(server.url()))
    with connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert connection.recv(4) == b"HTTP"
    for host in ("localhost", "127.0.0.1"):
        with pytest.raises(AddressRefused):
            await asyncio.to_thread(door.dial, outside.parse(f"http://{host}:{canary.port}/"))


def test_the_list_holds_places_alone() -> None:
    for entry in ("localhost", "http://localhost:80", "*:80", "10.0.0.0/8:80"):
        with pytest.raises(ValueError, match=r".+"):
            Outside([entry])
