"""Links to chats: what whoever has one sees, and that it ends when it is taken back."""

import pathlib
from typing import Any

import pytest

from tests import files_made as made
from tests.contract.chat_house import House
from tests.server import serving

NOINDEX = "noindex, nofollow"


async def grown(house: House) -> tuple[str, list[str]]:
    """Make a chat of a question, an answer, and a second answer that is the active one."""
    chat_id = await house.new_chat(title="Plums", system_prompt="Be secret.", model="m")
    path = f"/api/chats/{chat_id}/messages"
    asked = (await house.http.post(path, json={"role": "user", "content": "ripe?"})).json()["id"]
    ids = [asked]
    for text in ("hidden answer", "yes"):
        body = {
            "role": "assistant",
            "content": text,
            "model": "demo",
            "parent_id": asked,
            "metadata": {"x": 1},
        }
        ids.append((await house.http.post(path, json=body)).json()["id"])
    return chat_id, ids


async def share(house: House, chat_id: str, **terms: Any) -> dict[str, Any]:
    answer = await house.http.post(f"/api/chats/{chat_id}/share", json=terms)
    assert answer.status_code == 200, answer.text
    link: dict[str, Any] = answer.json()
    return link


async def read(house: House, link: dict[str, Any], **query: Any) -> dict[str, Any]:
    answer = await house.http.get(f"/api/shared/{link['token']}", params=query)
    assert answer.status_code == 200, answer.text
    assert (answer.headers["cache-control"], answer.headers["x-robots-tag"]) == ("no-store", NOINDEX)
    shown: dict[str, Any] = answer.json()
    return shown


async def test_a_snapshot_stays_as_it_was(house: House) -> None:
    chat_id, ids = await grown(house)
    assert (await house.http.get(f"/api/chats/{chat_id}/share")).status_code == 404
    link = await share(house, chat_id)
    assert set(link) == {
        "token", "path", "mode", "message_id", "author", "models", "system_prompt", "documents", "created_at"
    }  # fmt: skip
    assert (link["mode"], link["message_id"], len(link["token"])) == ("snapshot", ids[2], 32)
    assert (await house.http.get(f"/api/chats/{chat_id}/share")).json() == link
    await house.http.post(f"/api/chats/{chat_id}/messages", json={"role": "user", "content": "later"})
    shown = await read(house, link)
    assert [one["content"] for one in shown["messages"]] == ["ripe?", "yes"]
    assert (shown["title"], shown["system_prompt"], shown["author"]) == ("Plums", None, None)
    assert set(shown["messages"][0]) == {"id", "role", "parts", "content", "status", "model", "created_at"}
    assert shown["messages"][1]["model"] == "demo"
    for secret in ("hidden answer", "Be secret.", "local", "metadata"):
        assert secret not in str(shown)


async def test_what_is_shown_can_be_changed(house: House) -> None:
    chat_id, ids = await grown(house)
    first = await share(house, chat_id)
    terms = {"mode": "live", "author": "  Ann  B ", "models": False, "system_prompt": True}
    second = await share(house, chat_id, **terms)
    assert second["token"] == first["token"]
    await house.http.post(f"/api/chats/{chat_id}/messages", json={"role": "user", "content": "later"})
    shown = await read(house, second)
    assert [one["content"] for one in shown["messages"]] == ["ripe?", "yes", "later"]
    assert (shown["author"], shown["system_prompt"], shown["live"]) == ("Ann B", "Be secret.", True)
    assert [one["model"] for one in shown["messages"]] == [None] * 3
    third = await share(house, chat_id, message_id=ids[1])
    assert [one["content"] for one in (await read(house, third))["messages"]] == ["ripe?", "hidden answer"]


async def test_a_long_one_is_paged_and_no_other_branch_is_read(house: House) -> None:
    chat_id, ids = await grown(house)
    link = await share(house, chat_id)
    end = await read(house, link, limit=1)
    assert ([one["id"] for one in end["messages"]], end["has_more"]) == ([ids[2]], True)
    above = await read(house, link, before=ids[2], limit=1)
    assert ([one["id"] for one in above["messages"]], above["has_more"]) == ([ids[0]], False)
    assert (await read(house, link, before=ids[0]))["messages"] == []
    other = await house.http.get(f"/api/shared/{link['token']}", params={"before": ids[1]})
    assert (other.status_code, other.json()["error"]["param"]) == (404, "before")


async def test_a_link_that_is_taken_back_leads_nowhere(house: House) -> None:
    chat_id, _ = await grown(house)
    link = await share(house, chat_id)
    assert (await house.http.delete(f"/api/chats/{chat_id}/share")).status_code == 204
    gone = await house.http.get(f"/api/shared/{link['token']}")
    assert (gone.status_code, gone.json()["error"]["param"]) == (404, "token")
    assert (await house.http.delete(f"/api/chats/{chat_id}/share")).status_code == 404
    # the next one is another
    again = await share(house, chat_id)
    assert again["token"] != link["token"]
    await house.http.delete(f"/api/chats/{chat_id}")
    assert (await house.http.get(f"/api/shared/{again['token']}")).status_code == 404
    await house.http.post(f"/api/chats/{chat_id}/restore")
    assert (await house.http.get(f"/api/shared/{again['token']}")).status_code == 200


async def attach(house: House, name: str, data: bytes) -> dict[str, Any]:
    answer = await house.http.post("/api/files", files={"file": (name, data)})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_the_files_of_what_is_shown_can_be_taken_and_no_others(house: House) -> None:
    """LobeChat CVE-2025-59417, Open WebUI CVE-2025-64495: nothing that a browser would open as a page."""
    chat_id = await house.new_chat()
    html = b"<!doctype html><html><body><script>evil()</script>text</body></html>"
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>evil()</script></svg>"
    cat, page, drawing = [
        await attach(house, name, data)
        for name, data in (("cat.png", made.picture()), ("x.html", html), ("x.svg", svg))
    ]
    later, hidden = await attach(house, "later.md", b"# later"), await attach(house, "no.md", b"# no")
    loose = await attach(house, "loose.md", b"# loose")
    path = f"/api/chats/{chat_id}/messages"

    async def say(parent: str | None, *files: dict[str, Any], role: str = "user") -> str:
        content = [{"type": "file", "file_id": one["id"]} for one in files]
        body = {"role": role, "content": content, "parent_id": parent}
        answer = await house.http.post(path, json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    first = await say(None, cat, page, drawing)
    await say(first, hidden)  # another branch
    told = await say(first, hidden, role="system")  # nobody is shown what the system says
    end = await say(told, cat)

    async def statuses(link: dict[str, Any]) -> list[int]:
        files = (cat, page, drawing, later, hidden, loose)
        address = f"/api/shared/{link['token']}/files"
        return [(await house.http.get(f"{address}/{one['id']}")).status_code for one in files]

    link = await share(house, chat_id)
    assert link["message_id"] == end
    assert link["documents"] is True
    await say(end, later)
    shown = await read(house, link)
    assert [part["name"] for part in shown["messages"][0]["parts"]] == ["cat.png", "x.html", "x.svg"]
    assert await statuses(link) == [200, 200, 200, 404, 404, 404]
    for one, kind, data in (
        (cat, "image/png", made.picture()),
        (page, "application/octet-stream", html),
        (drawing, "application/octet-stream", svg),
    ):
        answer = await house.http.get(f"/api/shared/{link['token']}/files/{one['id']}")
        assert (answer.headers["content-type"], answer.content) == (kind, data)
        assert answer.headers["content-disposition"].startswith("attachment")
        assert (answer.headers["cache-control"], answer.headers["x-robots-tag"]) == ("no-store", NOINDEX)
        policies = [value for name, value in answer.headers.multi_items() if name.endswith("-policy")]
        assert "sandbox" in policies
    # a live link follows its branch
    live = await share(house, chat_id, mode="live")
    assert await statuses(live) == [200, 200, 200, 200, 404, 404]
    await house.http.put(f"/api/chats/{chat_id}", json={"active_leaf": first})
    assert await statuses(live) == [200, 200, 200, 404, 404, 404]
    # whoever keeps documents back keeps back their names too
    closed = await share(house, chat_id, documents=False)
    shown = await read(house, closed)
    assert [part["name"] for part in shown["messages"][0]["parts"]] == ["cat.png"]
    assert await statuses(closed) == [200, 404, 404, 404, 404, 404]
    # of another chat's link it is nothing
    other = await share(house, (await grown(house))[0])
    assert await statuses(other) == [404] * 6
    removed = await house.http.post("/api/files/remove", json={"ids": [cat["id"]]})
    assert removed.json() == {"ids": [cat["id"]], "messages": 2}
    assert await statuses(closed) == [404] * 6
    assert (await read(house, closed))["messages"][0]["parts"][0]["gone"] is True
    open_again = await share(house, chat_id)
    assert (await statuses(open_again))[1] == 200
    await house.http.delete(f"/api/chats/{chat_id}/share")
    assert await statuses(open_again) == [404] * 6


async def test_what_cannot_be_shared_says_why(house: House) -> None:
    empty = await house.new_chat()
    refused = await house.http.post(f"/api/chats/{empty}/share")
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "message_id")
    chat_id, _ = await grown(house)
    path = f"/api/chats/{chat_id}/share"
    for body, field, status in (
        ({"message_id": "none"}, "message_id", 404),
        ({"mode": "forever"}, "mode", 400),
        ({"author": "x" * 101}, "author", 413),
        ({"more": 1}, "more", 400),
    ):
        refused = await house.http.post(path, json=body)
        assert (refused.status_code, refused.json()["error"]["param"]) == (status, field)
    assert (await house.http.post("/api/chats/none/share")).status_code == 404
    assert (await house.http.get("/api/shared/none")).status_code == 404
    assert (await house.http.get("/api/shared/none/files/x")).status_code == 404


@pytest.mark.parametrize("sharing", ["on", "off"])
def test_the_operator_may_forbid_it(tmp_path: pathlib.Path, sharing: str) -> None:
    """With accounts on a stranger reads what is shared, and nothing else."""
    config = {"auth": "on", "sharing": sharing}
    with serving(tmp_path, config=config) as server, server.client() as owner, server.client() as stranger:
        person = {"name": "Ann", "email": "ann@example.com", "password": "correct horse battery"}
        made = owner.post("/api/auth/setup", json=person)
        assert made.status_code == 201, made.text
        tokens = owner.post("/api/auth/token", json={"name": "Ann", "password": person["password"]})
        owner.cookies.clear()
        owner.headers["authorization"] = f"Bearer {tokens.json()['access_token']}"
        chat_id = owner.post("/api/chats/", json={"title": "Plums"}).json()["id"]
        path = f"/api/chats/{chat_id}"
        owner.post(f"{path}/messages", json={"role": "user", "content": "ripe?"})
        # the page asks, so as to offer nothing that is refused
        assert owner.get("/api/auth/status").json()["sharing"] is (sharing == "on")
        answer = owner.post(f"{path}/share")
        if sharing == "off":
            assert answer.status_code == 403
            return
        link = answer.json()
        shown = stranger.get(f"/api/shared/{link['token']}")
        assert shown.json()["messages"][0]["content"] == "ripe?"
        page = stranger.get(link["path"])
        assert (page.status_code, page.headers["x-robots-tag"]) == (200, NOINDEX)
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert stranger.get(path).status_code == 401
        assert stranger.get(f"{path}/share").status_code == 401
