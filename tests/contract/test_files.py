"""Attached files over HTTP: what goes in, how it comes out, and what a browser must never be made to run.

Covers Open WebUI CVE-2024-6707, AnythingLLM CVE-2024-13059, Chainlit CVE-2026-22218 (paths), Open WebUI
CVE-2025-64495, LobeChat CVE-2025-59417 (scripts in uploads), Starlette CVE-2025-62727 (ranges).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests import files_made as made
from tests.contract.chat_house import House
from tests.fake_engine import Fake
from tests.server import Server, serving

LIMIT = 300_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A whole server, which takes small files."""
    config = {"files": {"file_bytes": LIMIT, "user_bytes": 3 * LIMIT}}
    with serving(tmp_path_factory.mktemp("files"), config=config) as running:
        yield running


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    with server.client() as opened:
        yield opened


def attach(client: httpx.Client, name: str, data: bytes, **form: Any) -> dict[str, Any]:
    """Attach a file with a form."""
    answer = client.post("/api/files", files={"file": (name, data, "text/html")}, **form)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def error(answer: httpx.Response, status: int) -> dict[str, Any]:
    """Return the error of an answer."""
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()["error"]
    return found


def files_below(server: Server) -> set[Path]:
    """Return all files in the data folder, and what lies around it."""
    return {path for path in server.data_dir.parent.rglob("*") if path.is_file()}


def test_a_file_goes_in_by_form_or_as_it_is_and_comes_out_the_same(client: httpx.Client) -> None:
    image = made.picture()
    found = attach(client, "cat.html", image)
    assert (found["name"], found["media_type"], found["width"], found["pages"]) == (
        "cat.html",
        "image/png",
        640,
        None,
    )
    again = client.post("/api/files", params={"name": "cat.html"}, content=image)
    assert again.json() == found
    back = client.get(f"/api/files/{found['id']}")
    assert back.content == image
    assert back.headers["content-type"] == "image/png"
    small = client.get(f"/api/files/{found['id']}/thumbnail")
    assert small.headers["content-type"] == "image/webp"
    assert error(client.get(f"/api/files/{found['id']}/text"), 404)
    assert client.get(f"/api/files/{found['id']}/about").json() == found
    text = attach(client, "报告.txt", "你好\n第二行\n".encode("gb18030"))
    assert client.get(f"/api/files/{text['id']}/text").json() == {
        "text": "你好\n第二行",
        "taken": 1,
        "total": 1,
        "kind": "part",
    }
    assert client.delete(f"/api/files/{text['id']}").status_code == 204
    assert error(client.get(f"/api/files/{text['id']}"), 404)["param"] == "file_id"


SCRIPTS = [
    ("x.html", b"<!doctype html><html><body><script>parent.evil()</script>text</body></html>"),
    ("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>evil()</script></svg>"),
    ("x.xml", b"<?xml version='1.0'?><x:script xmlns:x='http://www.w3.org/1999/xhtml'>evil()</x:script>"),
    ("x.js", b"evil()"),
    ("x.pdf", made.pdf("evil")),
]


@pytest.mark.parametrize(("name", "data"), SCRIPTS, ids=[name for name, _ in SCRIPTS])
def test_nothing_is_opened_as_a_page(client: httpx.Client, name: str, data: bytes) -> None:
    found = attach(client, name, data)
    answer = client.get(f"/api/files/{found['id']}")
    assert answer.content == data
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    policies = [value for key, value in answer.headers.multi_items() if key == "content-security-policy"]
    assert "sandbox" in policies


@pytest.mark.parametrize(
    "name",
    [
        "../../../evil.txt",
        "..\\..\\evil.txt",
        "%2e%2e%2fevil.txt",
        "．．／evil.txt",
        "/etc/evil.txt",
        "a\0b.txt",
    ],
)
def test_a_name_leads_nowhere(client: httpx.Client, server: Server, name: str) -> None:
    before = files_below(server)
    answer = client.post("/api/files", params={"name": name}, content=f"text {name}".encode())
    assert answer.status_code in (201, 400)
    if answer.status_code == 201:
        assert not set(answer.json()["name"]) & {"/", "\\", "\0"}
    new = {path for path in files_below(server) - before if "stellarchat.db" not in path.name}
    assert {path.name for path in new} <= {"original", "text", "about.json"}
    assert all(path.is_relative_to(server.data_dir / "files") for path in new)


@pytest.mark.parametrize("identity", ["..%2f..%2fstellarchat.db", "%00", "．．", "a" * 300])
def test_an_id_leads_nowhere(client: httpx.Client, identity: str) -> None:
    for path in ("", "/text", "/thumbnail", "/about"):
        assert client.get(f"/api/files/{identity}{path}").status_code in (400, 404)


def test_too_much_is_refused_without_being_read(client: httpx.Client, server: Server) -> None:
    memory = psutil.Process(server.pid)
    before = memory.memory_info().rss
    refused = error(client.post("/api/files?name=a", content=b"a" * (LIMIT + 1)), 413)
    assert refused["param"] == "file"
    assert refused["remedy"]

    def endless() -> Iterator[bytes]:
        for _ in range(1000):
            yield b"a" * 65_536

    assert error(client.post("/api/files?name=a", content=endless()), 413)
    assert error(client.post("/api/files?name=a", content=b"a" * 40_000_000), 413)["param"] == "body"
    assert memory.memory_info().rss - before < 50 * 1024 * 1024


def test_bad_forms(client: httpx.Client) -> None:
    kind = {"content-type": "multipart/form-data; boundary=x"}
    for headers, body in (
        ({"content-type": "multipart/form-data"}, b"x"),
        (kind, b"no boundary at all"),
        (kind, b'--x\r\nContent-Disposition: form-data; name="other"\r\n\r\n1\r\n--x--\r\n'),
        (kind, b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhalf'),
        (kind, b"--x\r\nA: " + b"b" * 100_000),
        (kind, b""),
        ({"content-type": "text/plain"}, b""),
    ):
        answer = client.post("/api/files", content=body, headers=headers)
        assert error(answer, 400)["param"] == "file", (headers, body[:80])
    assert error(client.post("/api/files?name=a", content=bytes(range(256)) * 9), 415)["remedy"]
    assert error(client.post("/api/files?name=a.png", content=made.bomb()), 422)["code"] == "file_unreadable"


def test_a_users_share_has_an_end(client: httpx.Client) -> None:
    answers = [
        client.post("/api/files?name=a.txt", content=(f"{turn}\n" * (LIMIT // 2 - 1)).encode())
        for turn in range(4)
    ]
    assert {answer.status_code for answer in answers} == {201, 507}
    refused = error(answers[-1], 507)
    assert refused["code"] == "storage_full"
    assert refused["remedy"]


def test_all_files_are_listed_and_some_removed(client: httpx.Client) -> None:
    known = client.get("/api/files").json()["total"]
    picture = made.picture(size=(64, 48))
    cat, notes = attach(client, "Cat 1.png", picture), attach(client, "notes-2.md", b"# 2\n")
    chat_id = client.post("/api/chats/", json={"title": "Pets"}).json()["id"]
    said = [{"type": "file", "file_id": cat["id"]}]
    path = f"/api/chats/{chat_id}/messages"
    assert client.post(path, json={"role": "user", "content": said}).status_code == 201
    listed = client.get("/api/files", params={"limit": 1}).json()
    assert (listed["total"], listed["allowed"]) == (known + 2, 3 * LIMIT)
    assert listed["items"] == [{**notes, "chats": [], "chat_count": 0}]
    rest = client.get("/api/files", params={"cursor": listed["next_cursor"], "limit": 1}).json()
    place = {"chat_id": chat_id, "title": "Pets", "deleted": False}
    assert rest["items"] == [{**cat, "chats": [place], "chat_count": 1}]
    found = client.get("/api/files", params={"q": "cat 1", "kind": "image", "order": "largest"}).json()
    assert [one["id"] for one in found["items"]] == [cat["id"]]
    for query in ({"kind": "sound"}, {"cursor": "x"}, {"limit": 0}, {"order": "oldest"}):
        assert error(client.get("/api/files", params=query), 400)["param"] in query
    assert error(client.post("/api/files/remove", json={"ids": ["none"]}), 404)["param"] == "ids"
    assert error(client.post("/api/files/remove", json={"ids": []}), 400)["param"] == "ids"
    removed = client.post("/api/files/remove", json={"ids": [cat["id"], notes["id"]]})
    assert removed.json() == {"ids": [cat["id"], notes["id"]], "messages": 1}
    (message,) = client.get(f"/api/chats/{chat_id}").json()["messages"]
    assert (message["parts"][0]["name"], message["parts"][0]["gone"]) == ("Cat 1.png", True)
    after = client.get("/api/files").json()
    assert (after["total"], after["used"]) == (known, listed["used"] - len(picture) - 4)


def test_the_pages_of_a_scanned_pdf_are_attached_as_images(client: httpx.Client) -> None:
    scan = made.pdf("", "")
    assert error(client.post("/api/files?name=scan.pdf", content=scan), 422)["code"] == "file_scanned"
    answer = client.post("/api/files/pages", files={"file": ("scan.pdf", scan)})
    assert answer.status_code == 201, answer.text
    pages = answer.json()
    # two blank pages are the same bytes, by two names
    assert ([one["name"] for one in pages["files"]], pages["total"]) == (["scan-1.jpg", "scan-2.jpg"], 2)
    assert client.get(f"/api/files/{pages['files'][0]['id']}").headers["content-type"] == "image/jpeg"
    assert error(client.post("/api/files/pages?name=a", content=b"a" * (LIMIT + 1)), 413)["param"] == "file"


def test_foreign_pages_cannot_attach(client: httpx.Client) -> None:
    foreign = {"origin": "https://evil.example", "content-type": "text/plain"}
    assert client.post("/api/files?name=a", content=b"a", headers=foreign).status_code == 403


async def test_a_summary_takes_the_place_of_earlier_messages(house: House, fake: Fake) -> None:
    chat_id = await house.new_chat(system_prompt="Be brief.")
    for number in range(4):
        await house.complete({"chat_id": chat_id, "content": f"question {number} [[fake tokens=2]]"})
    answer = await house.http.post(f"/api/chats/{chat_id}/summary", json={"keep": 2})
    assert answer.status_code == 201, answer.text
    summary = answer.json()
    assert summary["role"] == "system"
    assert summary["metadata"]["summary"]["messages"] == 6
    asked = (await fake.requests())[-1]["body"]["messages"]
    assert "question 2" in asked[0]["content"]
    assert "question 3" not in asked[0]["content"]
    await house.complete({"chat_id": chat_id, "content": "go on [[fake tokens=2]]"})
    told = (await fake.requests())[-1]["body"]["messages"]
    assert [one["role"] for one in told] == ["system", "user", "assistant", "user"]
    assert told[0]["content"].startswith("Be brief.\n\nSummary of the conversation up to here:\ntok00")
    assert told[1]["content"].startswith("question 3")
    fork = (await house.http.post(f"/api/chats/{chat_id}/fork")).json()["id"]
    await house.complete({"chat_id": fork, "content": "go on [[fake tokens=2]]"})
    copied = (await fake.requests())[-1]["body"]["messages"]
    assert copied[: len(told)] == told
    # all is still there to be read, and the next summary begins with this one
    opened = (await house.http.get(f"/api/chats/{chat_id}")).json()
    assert len(opened["messages"]) == 11
    again = (await house.http.post(f"/api/chats/{chat_id}/summary", json={"keep": 0})).json()
    assert again["metadata"]["summary"]["messages"] == 4
    assert "Summary so far: tok00" in (await fake.requests())[-1]["body"]["messages"][0]["content"]
    empty = await house.new_chat()
    assert error(await house.http.post(f"/api/chats/{empty}/summary"), 400)["remedy"]
    assert error(await house.http.post("/api/chats/none/summary"), 404)


async def test_the_context_tells_what_fits_and_what_would_help(house: House) -> None:
    book = "\n".join(f"line {number} of a very long book" for number in range(2000)).encode()
    found = (await house.http.post("/api/files", files={"file": ("book.txt", book)})).json()
    assert found["tokens"] > 4096
    chat_id = await house.new_chat()
    await house.complete({"chat_id": chat_id, "content": "hi [[fake tokens=2]]"})
    await house.complete({"chat_id": chat_id, "content": "more [[fake tokens=2]]"})
    small = await house.http.post("/api/chat/context", json={"chat_id": chat_id, "content": "hi"})
    assert small.json()["over"] == 0
    assert small.json()["remedies"] == []
    draft = {"chat_id": chat_id, "content": "sum up", "files": [{"file_id": found["id"]}]}
    size = (await house.http.post("/api/chat/context", json=draft)).json()
    assert size["over"] == size["prompt_tokens"] - 4096 > 0
    assert len(size["beyond"]) == 4
    (pages,) = [remedy for remedy in size["remedies"] if remedy["kind"] == "pages"]
    draft["files"] = [{"file_id": found["id"], "pages": pages["pages"]}]
    size = (await house.http.post("/api/chat/context", json=draft)).json()
    assert size["over"] == 0
    unknown = await house.http.post("/api/chat/context", json={"files": [{"file_id": "none"}]})
    assert error(unknown, 404)
    # sent all the same, the model reads all of it: nothing is left out in silence
    body = {"chat_id": chat_id, "content": [{"type": "file", "file_id": found["id"]}]}
    await house.complete(body)
    opened = (await house.http.get(f"/api/chats/{chat_id}")).json()
    (part,) = opened["messages"][-2]["parts"]
    assert (part["type"], part["file_id"], part["name"], part["total"]) == (
        "file",
        found["id"],
        "book.txt",
        found["pages"],
    )
    exported = await house.http.get("/api/chats/export", params={"format": "markdown", "chat_id": chat_id})
    assert "*[file: book.txt]*" in exported.text
