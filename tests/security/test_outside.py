"""Addresses that a person or a model named lead to no place of ours (SSRF), seen from outside the server.

Covers Open WebUI CVE-2025-65958, CVE-2026-45400, CVE-2026-45401; LobeChat CVE-2024-47066, CVE-2024-32965;
LibreChat CVE-2026-31943, CVE-2025-66201; vLLM CVE-2025-6242, CVE-2026-24779; LiteLLM CVE-2024-6587; Ollama
CVE-2025-51471; LocalAI GHSA-3mj3-57v2-4636. How addresses are read is tested in
tests/core/test_addresses.py, names that change their meaning in tests/services/test_outside.py (pictures),
tests/services/endpoints/test_own.py and test_remotes.py (endpoints), redirects of model files in
tests/services/catalog/test_fetch.py, tool servers' in tests/services/tools/test_servers.py.
"""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.elsewhere import Elsewhere, answer, png
from tests.server import Server, serving

# {port} is the canary's
CORPUS = {
    "literal": "http://127.0.0.1:{port}/x.png",
    "another loopback": "http://127.8.9.1:{port}/x.png",
    "name": "http://localhost:{port}/x.png",
    "name in capitals": "http://LOCALHOST:{port}/x.png",
    "name with a dot": "http://localhost.:{port}/x.png",
    "any address": "http://0.0.0.0:{port}/x.png",
    "short": "http://127.1:{port}/x.png",
    "shortest": "http://0:{port}/x.png",
    "decimal": "http://2130706433:{port}/x.png",
    "hexadecimal": "http://0x7f000001:{port}/x.png",
    "hexadecimal in parts": "http://0x7f.0x0.0x0.0x1:{port}/x.png",
    "octal": "http://0177.0.0.1:{port}/x.png",
    "IDNA digits": "http://①②⑦.⓪.⓪.①:{port}/x.png",
    "fullwidth digits": "http://１２７.0.0.1:{port}/x.png",
    "fullwidth dots": "http://127。0。0。1:{port}/x.png",
    "percent signs": "http://%31%32%37.0.0.1:{port}/x.png",
    "IPv6": "http://[::1]:{port}/x.png",
    "IPv6 in full": "http://[0:0:0:0:0:0:0:1]:{port}/x.png",
    "any IPv6 address": "http://[::]:{port}/x.png",
    "IPv4-mapped": "http://[::ffff:127.0.0.1]:{port}/x.png",
    "IPv4-mapped in hexadecimal": "http://[::ffff:7f00:1]:{port}/x.png",
    "IPv4-compatible": "http://[::127.0.0.1]:{port}/x.png",
    "NAT64": "http://[64:ff9b::7f00:1]:{port}/x.png",
    "local NAT64": "http://[64:ff9b:1::7f00:1]:{port}/x.png",
    "6to4": "http://[2002:7f00:1::]:{port}/x.png",
    "with a zone": "http://[fe80::1%25lo]:{port}/x.png",
    "userinfo": "http://example.com@127.0.0.1:{port}/x.png",
    "userinfo with a key": "http://u:k@127.0.0.1:{port}/x.png",
    "backslash": "http://example.com\\@127.0.0.1:{port}/x.png",
    "backslashes for slashes": "http:\\\\127.0.0.1:{port}\\x.png",
    "tab in the host": "http://127.0.0\t.1:{port}/x.png",
    "line break": "http://127.0.0.1:{port}/x.png\r\nX: y",
    "blank in front": " http://127.0.0.1:{port}/x.png",
    "another scheme": "ftp://127.0.0.1:{port}/x.png",
    "gopher": "gopher://127.0.0.1:{port}/_x",
    "file": "file:///etc/passwd",
    "no scheme": "//127.0.0.1:{port}/x.png",
    "relative": "/api/settings",
    "metadata": "http://169.254.169.254/latest/meta-data/",
    "metadata over IPv6": "http://[fd00:ec2::254]/latest/meta-data/",
    "metadata at Alibaba": "http://100.100.100.200/latest/meta-data/",
    "metadata at Oracle": "http://192.0.0.192/opc/v1/",
    "metadata at Azure": "http://168.63.129.16/machine/",
    "private": "http://192.168.0.1:{port}/x.png",
    "multicast": "http://224.0.0.1:{port}/x.png",
    "6to4 relay": "http://192.88.99.1:{port}/x.png",
}


@pytest.fixture(scope="module")
def friend() -> Iterator[Elsewhere]:
    """A server that the administrator admits."""
    with Elsewhere() as running:
        running.answers["/x.png"] = answer(png(), Content_Type="image/png")
        running.answers["/x.svg"] = answer(b"<svg onload='x()'/>", Content_Type="image/svg+xml")
        running.answers["/x.html"] = answer(b"<script>x()</script>", Content_Type="image/png")
        yield running


@pytest.fixture
def canary() -> Iterator[Elsewhere]:
    """A server that nobody may reach."""
    with Elsewhere() as running:
        yield running
        assert running.hits == 0


@pytest.fixture(scope="module")
def door(friend: Elsewhere, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Our server, which the environment points to a proxy that is not there."""
    proxy = "http://127.0.0.1:9/"
    with serving(
        tmp_path_factory.mktemp("outside"),
        config={"outside": {"allow": [friend.place]}, "cors_origins": ["https://friend.example"]},
        environ={"http_proxy": proxy, "https_proxy": proxy, "all_proxy": proxy},
    ) as running:
        yield running


@pytest.fixture
def client(door: Server) -> Iterator[httpx.Client]:
    with door.client() as client:
        yield client


@pytest.mark.parametrize("name", CORPUS)
def test_no_place_of_ours_is_reached(
    client: httpx.Client, canary: Elsewhere, door: Server, name: str
) -> None:
    port = int(door.base_url.rpartition(":")[2])
    for aim in (canary.port, port):
        answered = client.get("/api/images", params={"url": CORPUS[name].format(port=aim)})
        assert answered.status_code == 400, answered.text
        error = answered.json()["error"]
        assert (error["code"], error["param"]) == ("address_refused", "url")
        assert error["remedy"]


@pytest.mark.parametrize("name", CORPUS)
def test_no_place_of_ours_is_a_custom_endpoint(
    client: httpx.Client, canary: Elsewhere, door: Server, name: str
) -> None:
    """Covers Open WebUI CVE-2026-45400, LobeChat 2024-47066, LibreChat 2026-31943, LiteLLM 2024-6587."""
    port = int(door.base_url.rpartition(":")[2])
    for aim in (canary.port, port):
        url = CORPUS[name].format(port=aim)
        config = {"model_type": "custom", "custom_api_url": url, "custom_model": "m", "custom_api_key": "k"}
        own = {"base_url": url, "model": "m", "api_key": "k"}
        for answered, param in (
            (client.post("/api/config", json=config), "custom_api_url"),
            (client.put("/api/own-endpoint", json=own), "base_url"),
            (client.post("/api/own-endpoint/test", json={"base_url": url, "api_key": "k"}), "base_url"),
        ):
            assert answered.status_code == 400, answered.text
            error = answered.json()["error"]
            assert (error["code"], error["param"]) == ("address_refused", param)
    assert client.get("/api/own-endpoint").json() == {"endpoint": None}


def doors(url: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Return every other request that names an address: method, path, body."""
    said = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}]
    source = {"type": "image", "source": {"type": "url", "url": url}}
    part = {"type": "input_image", "image_url": url}
    hi = {"model": "fake", "max_tokens": 5}
    return [
        ("POST", "/api/v1/endpoints", {"name": "a", "base_url": url, "api_key": "k"}),
        ("POST", "/api/v1/endpoints/test", {"base_url": url, "api_key": "k"}),
        ("POST", "/api/v1/models/inspect", {"url": url}),
        ("POST", "/api/v1/models", {"id": "mine", "url": url}),
        ("POST", "/api/tools/servers", {"name": "a", "transport": "http", "url": url}),
        ("POST", "/v1/chat/completions", {**hi, "messages": said}),
        ("POST", "/v1/messages", {**hi, "messages": [{"role": "user", "content": [source]}]}),
        ("POST", "/v1/responses", {"model": "fake", "input": [{"role": "user", "content": [part]}]}),
        ("POST", "/api/chat/completion", {**hi, "messages": said}),
        ("POST", "/api/v1/llm/chat", {"model_name": "fake", "messages": said}),
    ]


@pytest.mark.parametrize("name", CORPUS)
def test_no_place_of_ours_is_reached_by_any_other_door(
    client: httpx.Client, canary: Elsewhere, door: Server, name: str
) -> None:
    """Covers Open WebUI CVE-2025-65958, vLLM CVE-2025-6242 and CVE-2026-24779, Ollama CVE-2025-51471."""
    port = int(door.base_url.rpartition(":")[2])
    for aim in (canary.port, port):
        for method, path, body in doors(CORPUS[name].format(port=aim)):
            answered = client.request(method, path, json=body)
            assert answered.status_code == 400, (path, answered.text)
            assert answered.json()["error"]["param"], path
    for path in ("/api/v1/endpoints", "/api/tools/servers"):
        assert client.get(path).json()["data"] == []


@pytest.mark.parametrize(
    "location", ["http://127.0.0.1:{port}/", "http://localhost:{port}/", "//[::1]:{port}/"]
)
def test_a_redirect_leads_to_no_place_of_ours(
    client: httpx.Client, canary: Elsewhere, friend: Elsewhere, location: str
) -> None:
    friend.answers["/away"] = answer(status="302 Found", Location=location.format(port=canary.port))
    answered = client.get("/api/images", params={"url": friend.url("/away")})
    assert (answered.status_code, answered.json()["error"]["code"]) == (400, "address_refused")


def test_nothing_of_ours_goes_along(client: httpx.Client, friend: Elsewhere) -> None:
    friend.asked.clear()
    secret = {"cookie": "k=canary-1", "authorization": "Bearer canary-2", "referer": "http://canary-3/"}
    answered = client.get("/api/images", params={"url": friend.url("/x.png")}, headers=secret)
    assert answered.status_code == 200
    assert b"canary" not in friend.asked[0]


def test_a_picture_comes_as_nothing_else(client: httpx.Client, friend: Elsewhere) -> None:
    answered = client.get("/api/images", params={"url": friend.url("/x.png")})
    assert (answered.content, answered.headers["content-type"]) == (png(), "image/png")
    assert answered.headers["x-content-type-options"] == "nosniff"
    assert answered.headers["cross-origin-resource-policy"] == "same-origin"
    assert answered.headers["cache-control"].startswith("private")
    assert "sandbox" in answered.headers.get_list("content-security-policy")
    for path in ("/x.svg", "/x.html", "/nothing"):
        refused = client.get("/api/images", params={"url": friend.url(path)})
        assert (refused.status_code, refused.headers["content-type"]) == (502, "application/json")
        assert refused.json()["error"]["code"] == "fetch_failed"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"},
        {"sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"},
        {"host": "evil.example"},
    ],
)
def test_nobody_elses_page_fetches_through_us(
    client: httpx.Client, friend: Elsewhere, headers: dict[str, str]
) -> None:
    before = friend.hits
    answered = client.get("/api/images", params={"url": friend.url("/x.png")}, headers=headers)
    assert answered.status_code == 403
    assert friend.hits == before


def test_an_address_is_needed_and_has_a_limit(client: httpx.Client) -> None:
    assert client.get("/api/images").json()["error"]["param"] == "url"
    answered = client.get("/api/images", params={"url": "http://example.com/" + "x" * 4096})
    assert (answered.status_code, answered.json()["error"]["param"]) == (413, "url")


def test_a_wrong_list_is_said_at_the_start(tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(RuntimeError, match=r"outside\.allow"):
        with serving(tmp_path_factory.mktemp("wrong"), config={"outside": {"allow": ["http://x:80"]}}):
            pass
