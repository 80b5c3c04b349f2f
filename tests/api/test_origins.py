"""Who may talk to the server, by its headers alone."""

import pytest

from stellarchat.api.origins import Origins, Sender
from stellarchat.core.errors import Forbidden


def allowed(origins: Origins, host: bytes | None, **sender: bytes) -> bool:
    """Whether a GET of the API from this sender passes."""
    try:
        origins.check(Sender(host=host, **sender), "GET", page=False)
    except Forbidden:
        return False
    return True


@pytest.mark.parametrize(
    "host", [b"localhost", b"LOCALHOST:8080", b"127.0.0.1", b"127.0.0.1:80", b"[::1]", b"[::1]:8080"]
)
def test_loopback_names_are_ours(host: bytes) -> None:
    assert allowed(Origins(), host)
    assert allowed(Origins(addresses=True), host)


@pytest.mark.parametrize(
    "host",
    [
        None,
        b"",
        b":80",
        b"evil.example",
        b"localhost.evil.example",
        b"localhost:80:80",
        b"localhost:x",
        b"127.0.0.1.evil.example",
        b"[::1",
        b"[::1]x",
        b"\xff",
        b"localhost/",
        b"user@localhost",
    ],
)
def test_other_names_are_not(host: bytes | None) -> None:
    assert not allowed(Origins(), host)
    assert not allowed(Origins(addresses=True), host)


def test_addresses_are_ours_where_others_reach_us() -> None:
    for host in (b"192.168.1.5:8080", b"[2001:db8::1]:8080"):
        assert not allowed(Origins(), host)
        assert allowed(Origins(addresses=True), host)


def test_configured_names_are_ours() -> None:
    assert allowed(Origins(["Chat.example"]), b"chat.EXAMPLE:443")


def test_many_foreign_names_are_not_remembered() -> None:
    origins = Origins()
    for number in range(1000):
        assert not allowed(origins, b"evil%d.example" % number)
    for number in range(1000):
        assert allowed(origins, b"localhost:%d" % number)


def test_origins() -> None:
    origins = Origins(cors=["https://Friend.example/"])
    own = b"localhost:8080"
    assert allowed(origins, own, origin=b"http://localhost:8080")
    assert allowed(origins, own, origin=b"https://localhost:8080")
    assert not allowed(origins, own, origin=b"http://localhost:8081")
    assert not allowed(origins, own, origin=b"http://127.0.0.1:8080")
    assert not allowed(origins, own, origin=b"null")
    assert not allowed(origins, own, origin=b"")
    assert allowed(origins, own, origin=b"https://friend.example")
    friend = Sender(own, b"https://friend.example", b"cross-site", b"cors")
    assert origins.check(friend, "POST", page=False) == b"https://friend.example"


@pytest.mark.parametrize(
    ("site", "passes"), [(b"same-origin", True), (b"none", True), (b"cross-site", False)]
)
def test_fetch_metadata_without_an_origin(site: bytes, passes: bool) -> None:
    assert allowed(Origins(), b"localhost", site=site, mode=b"no-cors") is passes


def test_pages_may_be_linked_to() -> None:
    link = Sender(b"localhost", None, b"cross-site", b"navigate")
    assert Origins().check(link, "GET", page=True) is None
    with pytest.raises(Forbidden):
        Origins().check(link, "POST", page=True)
    with pytest.raises(Forbidden):
        Origins().check(link, "GET", page=False)
