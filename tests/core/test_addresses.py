"""How addresses are read, and which numbers are public ones."""

import ipaddress

import pytest

from stellarchat.core.addresses import LENGTH, AddressRefused, is_number, is_public, parse, place

PUBLIC = ["8.8.8.8", "1.1.1.1", "93.184.216.34", "223.255.255.254", "2606:4700:4700::1111", "2a00:1450::1"]
CLOSED = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.255"),
    *("168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1"),
    *("192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1"),
    *("224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1"),
    *("64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::7f00:1", "100::1", "2001::1", "2001:0:53aa::1"),
    *("2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254"),
    *("fe80::1", "fe80::1%eth0", "2606:4700::1%eth0", "fec0::1", "ff02::1"),
    *("localhost", "", "8.8.8", "1", "0x7f.0.0.1", "127.0.0.1 "),
]


@pytest.mark.parametrize("ip", PUBLIC)
def test_public(ip: str) -> None:
    assert is_public(ip)


@pytest.mark.parametrize("ip", CLOSED)
def test_not_public(ip: str) -> None:
    assert not is_public(ip)


def test_what_python_takes_for_private_is_private_here_too() -> None:
    """Python's list grows with its releases: ours must not stay behind it."""
    for first in range(256):
        for second in range(256):
            ip = f"{first}.{second}.0.1"
            if is_public(ip):
                assert ipaddress.ip_address(ip).is_global, ip


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("HTTP://Example.COM", "http://example.com/"),
        ("https://example.com:443/a?b=c#d", "https://example.com/a?b=c"),
        ("http://example.com:8080?x", "http://example.com:8080/?x"),
        ("https://example.com/a b".replace(" ", "%20"), "https://example.com/a%20b"),
        ('https://example.com/<a>"{b}|^`?c={d}', "https://example.com/%3Ca%3E%22%7Bb%7D%7C%5E%60?c=%7Bd%7D"),
        ("https://example.com/%2e%2E/%zz?[a]=b&c='d'", "https://example.com/%2e%2E/%zz?[a]=b&c='d'"),
        ("https://example.com/图.png", "https://example.com/%E5%9B%BE.png"),
        ("http://8.8.8.8/", "http://8.8.8.8/"),
        ("http://[2606:4700:0::1111]:80/", "http://[2606:4700::1111]/"),
        ("http://a_b.example/", "http://a_b.example/"),
        ("http://xn--fsq.example/", "http://xn--fsq.example/"),
    ],
)
def test_an_address_has_one_spelling(written: str, read: str) -> None:
    assert parse(written).url == read


@pytest.mark.parametrize(
    "url",
    [
        *("", "/x.png", "//example.com/x", "example.com/x", "ftp://example.com/", "file:///etc/passwd"),
        *("data:image/png;base64,AA==", "javascript:alert(1)", "http:example.com", "http:/example.com/"),
        *("http://", "http:///x", "http://:80/", "http://?x", "gopher://127.0.0.1:6379/_x"),
        # somebody else's host behind the @, in each reading
        *("http://user@example.com/", "http://user:key@example.com/", "http://a@b@example.com/"),
        "http://example.com@127.0.0.1/",
        # a backslash is a slash to some
        *("http://127.0.0.1\\@example.com/", "http:\\\\127.0.0.1/", "http://example.com\\x", "\\\\127.0.0.1"),
        # blanks and control characters are left out by some
        *(" http://example.com/", "http://example.com/ x", "http://127.0.0.1\t/", "http://exam\nple.com/"),
        *("http://example.com/\r\nX: y", "http://example.com\x00.evil/", "http://example.com/\x7f"),
        # numbers in other spellings
        *("http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/", "http://0/"),
        *("http://0x7f.0.0.1/", "http://127.0.0.0x1/", "http://127.0.0.01/", "http://1.2.3.4.5/"),
        *("http://127.0.0.1./", "http://256.0.0.1/", "http://example.0x/"),
        # IDNA turns these digits and dots into plain ones, and ſ into s
        *("http://１２７.0.0.1/", "http://①②⑦.⓪.⓪.①/", "http://127。0。0。1/", "http://𝟏𝟐𝟕.0.0.1/"),
        *("httpſ://example.com/", "http://ſocalhost/", "http://例子.example/", "http://\u212aelvin.example/"),
        *("http://%31%32%37.0.0.1/", "http://example.com%2f@127.0.0.1/", "http://127.0.0.1%00/"),
        *("http://[::1/", "http://::1/", "http://[::1%25eth0]/", "http://[v1.x]/", "http://[]/"),
        *("http://[::1]x/", "http://[1]:80/", "http://exa[mple.com/"),
        *("http://example.com:0/", "http://example.com:65536/", "http://example.com:/"),
        *("http://example.com:80:80/", "http://example.com:+80/", "http://example.com:８0/"),
        *("http://-example.com/", "http://example-.com/", "http://exa..mple.com/", "http://.example.com/"),
        *("http://example.com./", "http://" + "a" * 64 + ".com/", "http://" + "a." * 127 + "com/"),
        *("http://example.com/\ud800", "http://example.com/" + "x" * LENGTH),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused) as caught:
        parse(url)
    assert caught.value.param == "url"
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("target", "led"),
    [
        ("/b", "https://a.example/b"),
        ("b?c", "https://a.example/x/b?c"),
        ("//127.0.0.1/b", "https://127.0.0.1/b"),
        ("http://[::1]:1/", "http://[::1]:1/"),
    ],
)
def test_an_address_may_be_relative(target: str, led: str) -> None:
    assert parse(target, parse("https://a.example/x/y")).url == led


@pytest.mark.parametrize("target", ["\\\\127.0.0.1", "//a@b/", "ftp://a.example/", "//[::1", " /b"])
def test_a_relative_address_is_refused_all_the_same(target: str) -> None:
    with pytest.raises(AddressRefused):
        parse(target, parse("https://a.example/x/y"))


def test_numbers_and_names() -> None:
    assert is_number(parse("http://127.0.0.1/").host)
    assert is_number(parse("http://[::1]/").host)
    assert not is_number(parse("http://1.example/").host)


def test_a_place_is_a_host_and_a_port() -> None:
    assert place("LocalHost:80") == "localhost:80" == parse("http://localhost/").place
    assert place("[0::1]:9000") == "[::1]:9000"
    for text in (
        "localhost",
        "localhost:",
        ":80",
        "a:b",
        "http://a:80",
        "a:80/x",
        "a:80?",
        "u@a:80",
        "::1:80",
    ):
        with pytest.raises(ValueError, match=r".+"):
            place(text)
