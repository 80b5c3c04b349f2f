"""A server that was one person's gets accounts, and loses them again."""

from pathlib import Path

from tests.server import serving


def test_the_first_administrator_takes_over_what_is_there(tmp_path: Path) -> None:
    with serving(tmp_path) as server, server.client() as client:
        chat = client.post("/api/chats/", json={"title": "from before"}).json()["id"]
        said = client.post(f"/api/chats/{chat}/messages", json={"role": "user", "content": "remember"})
        assert said.status_code == 201
        client.patch("/api/settings", json={"system_prompt": "be kind"})
        assert client.get("/api/auth/status").json()["user"]["name"] == "local"
        off = client.post("/api/auth/login", json={"name": "ada", "password": "correct horse"})
        assert off.json()["error"]["message"] == "Accounts are off."

    with serving(tmp_path, config={"auth": "on"}) as server, server.client() as client:
        status = client.get("/api/auth/status").json()
        assert status == {**status, "accounts": True, "setup": True, "sign_up": "closed", "user": None}
        ada = {"name": "ada", "password": "correct horse"}
        assert client.post("/api/auth/setup", json=ada).status_code == 201
        token = client.post("/api/auth/token", json=ada).json()["access_token"]
        mine = {"authorization": f"Bearer {token}"}
        assert client.get(f"/api/chats/{chat}", headers=mine).json()["title"] == "from before"
        found = client.get("/api/chats/search", params={"q": "remember"}, headers=mine)
        assert [hit["chat_id"] for hit in found.json()["items"]] == [chat]
        assert client.get("/api/settings", headers=mine).json()["system_prompt"] == "be kind"
        closed = client.post("/api/auth/signup", json={"name": "eve", "password": "correct horse"})
        assert closed.status_code == 403

    with serving(tmp_path) as server, server.client() as client:
        assert client.get("/api/chats/").json()["items"] == []
        assert client.get(f"/api/chats/{chat}").status_code == 404
