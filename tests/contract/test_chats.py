"""The chat routes over HTTP: shapes, status codes, and errors that name the field."""

from typing import Any

from tests.contract.chat_house import House

CHAT_KEYS = {
    "id", "title", "title_by", "user_id", "model", "system_prompt", "temperature", "max_tokens", "params",
    "persona", "created_at", "updated_at", "last_message_at", "archived", "pinned", "folder", "tags",
    "active_leaf", "rev", "live", "waiting",
}  # fmt: skip
MESSAGE_KEYS = {
    "id", "chat_id", "parent_id", "role", "content", "parts", "status", "model", "client_id", "timestamp",
    "created_at", "updated_at", "metadata", "usage", "timings", "finish_reason", "error", "generation_id",
    "siblings",
}  # fmt: skip


async def test_a_chat_is_made_read_changed_deleted_and_restored(house: House) -> None:
    made = await house.http.post("/api/chats/", json={"title": "T", "temperature": 0.5, "tags": ["a"]})
    assert made.status_code == 201
    chat = made.json()
    assert set(chat) == CHAT_KEYS
    assert (chat["temperature"], chat["params"], chat["archived"]) == (0.5, {"temperature": 0.5}, False)
    path = f"/api/chats/{chat['id']}"
    opened = (await house.http.get(path)).json()
    assert set(opened) == CHAT_KEYS | {"messages", "has_more"}
    changed = await house.http.put(path, json={"archived": True, "rev": chat["rev"]})
    assert (changed.status_code, changed.json()["archived"]) == (200, True)
    assert (await house.http.delete(path)).status_code == 204
    gone = await house.http.get(path)
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "not_found")
    assert (await house.http.post(f"{path}/restore")).status_code == 200
    assert (await house.http.get(path)).status_code == 200


async def test_the_same_client_id_makes_one_chat(house: House) -> None:
    made = await house.http.post("/api/chats/", json={"title": "T", "client_id": "c"})
    again = await house.http.post("/api/chats/", json={"title": "T", "client_id": "c"})
    assert (made.status_code, again.status_code) == (201, 200)
    assert made.json() == again.json()
    bad = await house.http.post("/api/chats/", json={"client_id": ""})
    assert (bad.status_code, bad.json()["error"]["param"]) == (400, "client_id")


async def test_a_stale_change_is_409(house: House) -> None:
    path = f"/api/chats/{await house.new_chat()}"
    await house.http.put(path, json={"title": "a"})
    stale = await house.http.put(path, json={"title": "b", "rev": 0})
    assert (stale.status_code, stale.json()["error"]["code"]) == (409, "stale_revision")


async def test_the_list_is_paged_by_cursor(house: House) -> None:
    ids = [await house.new_chat(title=str(number)) for number in range(3)]
    first = (await house.http.get("/api/chats/", params={"limit": 2})).json()
    rest = (await house.http.get("/api/chats/", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == ids[::-1]
    assert rest["next_cursor"] is None
    bad = await house.http.get("/api/chats/", params={"cursor": "nonsense"})
    assert (bad.status_code, bad.json()["error"]["param"]) == (400, "cursor")


async def test_search_marks_its_hits(house: House) -> None:
    chat_id = await house.new_chat(title="<i>Weather</i> & more")
    (hit,) = (await house.http.get("/api/chats/search", params={"q": "weather"})).json()["items"]
    assert (hit["chat_id"], hit["message_id"]) == (chat_id, None)
    assert "<mark>Weather</mark>" in hit["title_html"]
    assert "<i>" not in hit["title_html"]


async def test_messages_are_stored_edited_and_paged(house: House) -> None:
    chat_id = await house.new_chat()
    path = f"/api/chats/{chat_id}/messages"
    image = {"type": "image", "url": "data:image/png;base64,AAAA"}
    content = [{"type": "text", "text": "look"}, image]
    made = await house.http.post(path, json={"role": "user", "content": content, "client_id": "c"})
    assert made.status_code == 201
    message = made.json()
    assert set(message) == MESSAGE_KEYS
    assert (message["content"], message["parts"]) == ("look", content)
    again = await house.http.post(path, json={"role": "user", "content": content, "client_id": "c"})
    assert (again.status_code, again.json()["id"]) == (200, message["id"])
    edited = await house.http.put(f"{path}/{message['id']}", json={"content": "listen"})
    assert edited.status_code == 201
    assert edited.json()["siblings"] == [message["id"], edited.json()["id"]]
    rated = await house.http.put(f"{path}/{message['id']}", json={"metadata": {"rating": -1}})
    assert (rated.status_code, rated.json()["metadata"]) == (200, {"rating": -1})
    page = (await house.http.get(path)).json()
    assert [one["content"] for one in page["messages"]] == ["listen"]
    other = (await house.http.get(path, params={"leaf": message["id"]})).json()
    assert [one["content"] for one in other["messages"]] == ["look"]
    switched = await house.http.put(f"/api/chats/{chat_id}", json={"active_leaf": message["id"]})
    assert switched.json()["active_leaf"] == message["id"]


CHATS = "/api/chats/"
CHAT = "/api/chats/{chat}"
MESSAGES = "/api/chats/{chat}/messages"
REPLY = "/api/chat/completion"
SAID = {"role": "user", "content": "x"}
WRONG: list[tuple[str, str, Any, int, str]] = [
    ("POST", CHATS, {"titel": "x"}, 400, "titel"),
    ("POST", CHATS, {"title": "x" * 201}, 413, "title"),
    ("POST", CHATS, {"title": "a\x00b"}, 400, "title"),
    ("POST", CHATS, {"title": 5}, 400, "title"),
    ("POST", CHATS, {"temperature": 2.1}, 400, "temperature"),
    ("POST", CHATS, {"params": {"top_p": -1}}, 400, "params.top_p"),
    ("POST", CHATS, {"params": {"nonsense": 1}}, 400, "params.nonsense"),
    ("POST", CHATS, {"tags": ["x"] * 33}, 413, "tags"),
    ("GET", CHATS + "?limit=0", None, 400, "limit"),
    ("GET", CHATS + "search", None, 400, "q"),
    ("GET", CHATS + "nowhere", None, 404, "chat_id"),
    ("PUT", CHAT, {"active_leaf": "nowhere"}, 404, "active_leaf"),
    ("PUT", CHAT, {"rev": "x"}, 400, "rev"),
    ("GET", MESSAGES + "?before=nowhere", None, 404, "before"),
    ("POST", MESSAGES, {"role": "king", "content": "x"}, 400, "role"),
    ("POST", MESSAGES, {"role": "user"}, 400, "content"),
    ("POST", MESSAGES, {"role": "user", "content": ""}, 400, "content"),
    ("POST", MESSAGES, {"role": "user", "content": []}, 400, "content"),
    ("POST", MESSAGES, {"role": "user", "content": [{"type": "sound"}]}, 400, "content[0]"),
    (
        "POST",
        MESSAGES,
        {"role": "user", "content": [{"type": "image", "url": "http://a/"}]},
        400,
        "content[0].image.url",
    ),
    ("POST", MESSAGES, {**SAID, "parent_id": "n"}, 404, "parent_id"),
    ("POST", MESSAGES, {**SAID, "metadata": {"k": "x" * 70000}}, 400, "metadata"),
    ("PUT", MESSAGES + "/nowhere", {"content": "x"}, 404, "message_id"),
    ("PUT", MESSAGES + "/nowhere", {}, 400, "content"),
    ("POST", REPLY, {}, 400, "messages"),
    ("POST", REPLY, {"content": "x"}, 400, "chat_id"),
    ("POST", REPLY, {"chat_id": "{chat}"}, 400, "content"),
    ("POST", REPLY, {"chat_id": "{chat}", "messages": [SAID]}, 400, "messages"),
    ("POST", REPLY, {"chat_id": "nowhere", "content": "x"}, 404, "chat_id"),
    ("POST", REPLY, {"chat_id": "{chat}", "content": "x", "parent_id": "n"}, 404, "parent_id"),
    ("POST", REPLY, {"chat_id": "{chat}", "content": "x", "continue_message_id": "n"}, 400, "content"),
    ("POST", REPLY, {"messages": [SAID], "temperature": 9}, 400, "temperature"),
    ("POST", REPLY, {"messages": [SAID], "model": "none"}, 404, "model"),
    ("POST", REPLY, {"messages": [{"role": "king", "content": "x"}]}, 400, "messages[0].role"),
    ("GET", "/api/generations/nowhere/events", None, 404, "generation_id"),
    ("POST", "/api/generations/nowhere/stop", None, 404, "generation_id"),
    ("POST", "/api/chat/context", {"chat_id": "nowhere"}, 404, "chat_id"),
    ("POST", "/api/chat/context", {"model": "none"}, 404, "model"),
]


async def test_what_is_wrong_is_named(house: House) -> None:
    """One house for the whole list: a server for each line would take longer than the list."""
    chat_id = await house.new_chat()
    failures = []
    for method, path, body, status, param in WRONG:
        if isinstance(body, dict) and body.get("chat_id") == "{chat}":
            body = {**body, "chat_id": chat_id}
        answer = await house.http.request(method, path.replace("{chat}", chat_id), json=body)
        error = answer.json().get("error", {})
        if (answer.status_code, error.get("param")) != (status, param) or not error["message"]:
            failures.append((method, path, body, answer.status_code, error))
    assert failures == []


async def test_models_health_and_context(house: House) -> None:
    assert (await house.http.get("/api/chat/health")).json() == {"status": "ok"}
    (model,) = (await house.http.get("/api/chat/models")).json()["data"]
    assert (model["id"], model["state"]) == ("fake", "remote")
    chat_id = await house.new_chat(system_prompt="Be brief.")
    await house.rooms.said(chat_id, "word " * 100)
    size = (await house.http.post("/api/chat/context", json={"chat_id": chat_id, "content": "你好"})).json()
    assert (size["context_length"], size["exact"]) == (4096, False)
    shorter = (await house.http.post("/api/chat/context", json={"content": "你好"})).json()
    assert 0 < shorter["prompt_tokens"] < size["prompt_tokens"]


async def test_a_chat_is_forked(house: House) -> None:
    chat_id = await house.new_chat(title="Trip")
    path = f"/api/chats/{chat_id}"
    first = (await house.http.post(f"{path}/messages", json={"role": "user", "content": "a"})).json()
    await house.http.post(f"{path}/messages", json={"role": "assistant", "content": "b"})
    whole = await house.http.post(f"{path}/fork")
    assert whole.status_code == 201
    assert set(whole.json()) == CHAT_KEYS
    assert whole.json()["title"] == "Trip (fork)"
    body = {"message_id": first["id"], "title": "副本"}
    part = (await house.http.post(f"{path}/fork", json=body)).json()
    opened = (await house.http.get(f"/api/chats/{part['id']}")).json()
    assert (opened["title"], [one["content"] for one in opened["messages"]]) == ("副本", ["a"])
    assert opened["active_leaf"] == opened["messages"][0]["id"] != first["id"]


async def test_what_cannot_be_forked_is_said(house: House) -> None:
    path = f"/api/chats/{await house.new_chat()}/fork"
    missing = await house.http.post("/api/chats/nothing/fork")
    assert (missing.status_code, missing.json()["error"]["param"]) == (404, "chat_id")
    unknown = await house.http.post(path, json={"message_id": "nothing"})
    assert (unknown.status_code, unknown.json()["error"]["param"]) == (404, "message_id")
    for body in ({"message_id": ""}, {"title": "x" * 201}, {"leaf": "x"}):
        refused = await house.http.post(path, json=body)
        assert refused.status_code in (400, 413), refused.text
        assert refused.json()["error"]["param"] == next(iter(body))


async def test_chats_are_exported_as_a_file(house: House) -> None:
    chat_id = await house.new_chat(title='Trip "to" 北京')
    path = f"/api/chats/{chat_id}/messages"
    await house.http.post(path, json={"role": "user", "content": "```py\nx = 1\n```"})
    answer = await house.http.get("/api/chats/export", params={"chat_id": chat_id})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"Trip to __.json\"; filename*=UTF-8''Trip%20to%20%E5%8C%97%E4%BA%AC.json"
    )
    (chat,) = answer.json()["chats"]
    assert (chat["id"], len(chat["messages"])) == (chat_id, 1)
    # what docs/api.md lists
    assert set(chat) == {
        "id", "title", "title_by", "model", "system_prompt", "params", "persona", "folder", "tags",
        "active_leaf_id", "pinned_at", "archived_at", "created_at", "updated_at", "last_message_at",
        "messages",
    }  # fmt: skip
    assert set(chat["messages"][0]) == MESSAGE_KEYS - {"chat_id", "content", "siblings", "timestamp"}
    everything = await house.http.get("/api/chats/export", params={"format": "markdown", "language": "zh-CN"})
    assert everything.headers["content-type"] == "text/markdown; charset=utf-8"
    assert "filename*=UTF-8''StellarChat%2020" in everything.headers["content-disposition"]
    assert "## 您 · " in everything.text
    assert "\n```py\nx = 1\n```\n" in everything.text


async def test_what_cannot_be_exported_is_said(house: House) -> None:
    missing = await house.http.get("/api/chats/export", params={"chat_id": "nothing"})
    assert (missing.status_code, missing.json()["error"]["param"]) == (404, "chat_id")
    for name in ("format", "language"):
        refused = await house.http.get("/api/chats/export", params={name: "x"})
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, name)
