"""Folders, tags, many chats at once, the trash, and search with filters, over HTTP."""

from typing import Any

import pytest

from tests.contract.chat_house import House
from tests.waiting import eventually


async def bulk(house: House, action: str, ids: list[str], **more: Any) -> dict[str, Any]:
    answer = await house.http.post("/api/chats/bulk", json={"action": action, "ids": ids, **more})
    assert answer.status_code == 200, answer.text
    done: dict[str, Any] = answer.json()
    return done


async def names(house: House, what: str) -> dict[str, int]:
    items = (await house.http.get(f"/api/chats/{what}")).json()["items"]
    return {one["name"]: one["count"] for one in items}


async def titles(house: House, **query: Any) -> list[str]:
    return [one["title"] for one in (await house.http.get("/api/chats/", params=query)).json()["items"]]


async def test_folders_are_made_renamed_joined_and_removed(house: House) -> None:
    made = await house.http.post("/api/chats/folders", json={"name": " Work / 工作 "})
    assert (made.status_code, made.json()["items"]) == (201, [{"name": "Work / 工作", "count": 0}])
    again = await house.http.post("/api/chats/folders", json={"name": "Work / 工作"})
    assert (again.status_code, again.json()["error"]["param"]) == (409, "name")
    await house.new_chat(title="a", folder="Work / 工作")
    await house.new_chat(title="b", folder="Other")
    assert await names(house, "folders") == {"Other": 1, "Work / 工作": 1}
    path = {"folder": "Work / 工作"}
    renamed = await house.http.put("/api/chats/folders", params=path, json={"name": "Other"})
    assert renamed.json()["items"] == [{"name": "Other", "count": 2}]
    gone = await house.http.put("/api/chats/folders", params=path, json={"name": "x"})
    assert (gone.status_code, gone.json()["error"]["param"]) == (404, "folder")
    assert (await house.http.delete("/api/chats/folders", params={"folder": "Other"})).status_code == 204
    assert await names(house, "folders") == {}
    assert await titles(house, folder="") == ["b", "a"]
    assert (await house.http.delete("/api/chats/folders", params=path)).status_code == 404
    for name in ("", " ", "x" * 256):
        assert (await house.http.post("/api/chats/folders", json={"name": name})).status_code in (400, 413)


async def test_many_are_changed_at_once(house: House) -> None:
    ids = [await house.new_chat(title=str(number), tags=["old"]) for number in range(3)]
    done = await bulk(house, "move", [*ids, "nobody's"], folder="F")
    assert done == {"changed": ids, "missing": ["nobody's"]}
    await bulk(house, "tag", ids[:2], tags=["new", "old", " "])
    assert await names(house, "tags") == {"new": 2, "old": 3}
    assert await titles(house, tag="new") == ["1", "0"]
    await bulk(house, "untag", ids, tags=["old"])
    assert await names(house, "tags") == {"new": 2}
    await bulk(house, "archive", ids[:1])
    await bulk(house, "pin", ids[1:])
    assert await titles(house, pinned=True, folder="F") == ["2", "1"]
    assert await titles(house, archived=True) == ["0"]
    await bulk(house, "unarchive", ids)
    await bulk(house, "unpin", ids)
    await bulk(house, "move", ids, folder=None)
    assert await titles(house, folder="", pinned=False) == ["2", "1", "0"]
    revs = [(await house.http.get(f"/api/chats/{one}")).json()["rev"] for one in ids]
    assert min(revs) > 0


async def test_a_wrong_bulk_names_the_field(house: House) -> None:
    one = await house.new_chat()
    for body, field in (
        ({"action": "burn", "ids": [one]}, "action"),
        ({"action": "delete", "ids": []}, "ids"),
        ({"action": "delete", "ids": ["x"] * 1001}, "ids"),
        ({"action": "tag", "ids": [one]}, "tags"),
        ({"action": "move", "ids": [one], "folder": "x" * 256}, "folder"),
        ({"action": "delete", "ids": [one], "more": 1}, "more"),
    ):
        refused = await house.http.post("/api/chats/bulk", json=body)
        assert refused.status_code in (400, 413)
        assert refused.json()["error"]["param"] == field


async def test_the_trash_gives_back_and_takes_for_good(house: House) -> None:
    ids = [await house.new_chat(title=str(number)) for number in range(4)]
    await bulk(house, "delete", ids)
    assert await titles(house) == []
    first = (await house.http.get("/api/chats/trash", params={"limit": 3})).json()
    rest = (
        await house.http.get("/api/chats/trash", params={"limit": 3, "cursor": first["next_cursor"]})
    ).json()
    assert first["days"] == 30
    assert {one["id"] for one in first["items"] + rest["items"]} == set(ids)
    assert (len(first["items"]), rest["next_cursor"]) == (3, None)
    assert first["items"][0]["deleted_at"]
    assert (await bulk(house, "restore", ids[:1]))["changed"] == ids[:1]
    assert await titles(house) == ["0"]
    # what is not in the trash is not removed
    assert (await bulk(house, "purge", ids[:2])) == {"changed": [ids[1]], "missing": [ids[0]]}
    assert (await house.http.post(f"/api/chats/{ids[1]}/restore")).status_code == 404
    assert (await house.http.delete(f"/api/chats/trash/{ids[0]}")).status_code == 404
    assert (await house.http.delete(f"/api/chats/trash/{ids[2]}")).status_code == 204
    assert (await house.http.delete("/api/chats/trash")).json() == {"removed": 1}
    assert (await house.http.get("/api/chats/trash")).json()["items"] == []
    bad = await house.http.get("/api/chats/trash", params={"cursor": "nonsense"})
    assert (bad.status_code, bad.json()["error"]["param"]) == (400, "cursor")


async def test_deleting_many_stops_what_is_written(house: House) -> None:
    chat_id = await house.new_chat()
    body = {"chat_id": chat_id, "content": "hi [[fake tokens=1000 delay=20]]", "stream": True}
    async with house.streaming(body) as frames:
        assert await anext(aiter(frames))
        await bulk(house, "delete", [chat_id])
        assert [frame async for frame in frames]
    await eventually(lambda: not house.rooms.generations.running(chat_id))


async def test_other_pages_hear_of_it(house: House) -> None:
    ids = [await house.new_chat() for _ in range(2)]
    async with house.socket() as socket:
        await socket.say(type="subscribe", topics=["chats"])
        await bulk(house, "delete", ids)
        heard = {(await socket.until("chat_changed"))["chat_id"] for _ in ids}
        assert heard == set(ids)
        await house.http.post("/api/chats/folders", json={"name": "F"})
        assert (await socket.until("chat_changed"))["change"] == "many"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"title", "asked", "said"}),
        ({"role": "user"}, {"asked"}),
        ({"role": "assistant"}, {"said"}),
        ({"folder": "F"}, {"title"}),
        ({"folder": ""}, {"asked", "said"}),
        ({"tag": "t"}, {"title"}),
        ({"archived": True}, {"asked", "said"}),
        ({"archived": False}, {"title"}),
        ({"model": "m"}, {"title"}),
        ({"model": "other"}, {"said"}),
        ({"since": "2000-01-01T00:00:00Z", "until": "2001-01-01T00:00:00Z"}, set()),
        ({"since": "2000-01-01T00:00:00Z"}, {"title", "asked", "said"}),
        ({"tag": "t", "role": "user"}, set()),
    ],
)
async def test_search_is_sifted(house: House, query: dict[str, Any], found: set[str]) -> None:
    await house.new_chat(title="plums title", folder="F", tags=["t"], model="m")
    chat_id = await house.new_chat(title="another")
    path = f"/api/chats/{chat_id}/messages"
    await house.http.post(path, json={"role": "user", "content": "plums asked"})
    await house.http.post(path, json={"role": "assistant", "content": "plums said", "model": "other"})
    await house.http.put(f"/api/chats/{chat_id}", json={"archived": True})
    answer = await house.http.get("/api/chats/search", params={"q": "plums", **query})
    assert {one["snippet"].split()[-1] for one in answer.json()["items"]} == found


async def test_a_wrong_filter_names_the_field(house: House) -> None:
    for query in ({"role": "narrator"}, {"since": "yesterday"}, {"until": "2026-01-01"}, {"tag": "x" * 65}):
        refused = await house.http.get("/api/chats/search", params={"q": "x", **query})
        assert refused.json()["error"]["param"] == next(iter(query))
