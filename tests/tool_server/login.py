"""A tool server that asks for a login, and the authorization server it sends people to, on two ports.

Faithful to OAuth 2.1 as the protocol has it (RFC 7591, 7636, 8414, 8707, 9728), unless told otherwise.
"""

import base64
import contextlib
import hashlib
import json
import secrets
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit


class Service:
    """What both servers know. Tokens are good until they are taken out of `tokens` and `refreshes`."""

    def __init__(self) -> None:
        self.resource = self.issuer = ""
        self.registers = True
        self.clients: dict[str, str | None] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.tokens: set[str] = set()
        self.refreshes: set[str] = set()
        self.revoked: list[str] = []
        self.lasts: int = 3600
        self.grants: list[str] = []
        self.asked: list[str] = []
        """Paths of the authorization server, in turn."""
        self.heard: list[str] = []
        """The tokens that the tool server was shown."""

    def metadata(self) -> dict[str, Any]:
        """Describe the authorization server."""
        found = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "revocation_endpoint": f"{self.issuer}/revoke",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none", "client_secret_post"],
        }
        return {**found, "registration_endpoint": f"{self.issuer}/register"} if self.registers else found

    def agree(self, location: str) -> str:
        """Return where a browser is sent that agrees to what `location` asks."""
        query = {name: one[0] for name, one in parse_qs(urlsplit(location).query).items()}
        assert query["client_id"] in self.clients
        assert query["code_challenge_method"] == "S256"
        assert query["resource"] == self.resource
        code = secrets.token_hex(8)
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def grant(self, form: dict[str, str]) -> dict[str, Any] | None:
        """Give tokens for a code or a refresh token, each of which is good once."""
        self.grants.append(form["grant_type"])
        client = form.get("client_id", "")
        if client not in self.clients or self.clients[client] != form.get("client_secret"):
            return None
        if form["grant_type"] == "refresh_token":
            if form["refresh_token"] not in self.refreshes:
                return None
            self.refreshes.discard(form["refresh_token"])
        else:
            asked = self.codes.pop(form["code"], None)
            digest = hashlib.sha256(form["code_verifier"].encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if asked is None or asked["code_challenge"] != challenge:
                return None
            if asked["redirect_uri"] != form["redirect_uri"] or form["resource"] != self.resource:
                return None
        token, refresh = f"token-{secrets.token_hex(8)}", f"refresh-{secrets.token_hex(8)}"
        self.tokens.add(token)
        self.refreshes.add(refresh)
        return {
            "access_token": token,
            "refresh_token": refresh,
            "token_type": "Bearer",
            "expires_in": self.lasts,
        }

    def answer(self, method: str, params: dict[str, Any]) -> dict[str, Any] | None:
        """Answer the protocol's request; None where there is no such method."""
        match method:
            case "initialize":
                return {
                    "protocolVersion": "2025-11-25",
                    "capabilities": {"tools": {}},
                    "serverInfo": {"name": "Desk", "version": "1"},
                }
            case "tools/list":
                return {"tools": [{"name": "whoami", "inputSchema": {"type": "object"}}]}
            case "tools/call":
                return {"content": [{"type": "text", "text": "you are known"}]}
            case "ping":
                return {}
        return None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    service: Service

    def log_message(self, *args: Any) -> None:
        """Say nothing."""

    def say(self, status: int, document: Any = None, **headers: str) -> None:
        body = b"" if document is None else json.dumps(document).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if document is not None:
            self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("content-length", "0")))


class _Tools(_Handler):
    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/.well-known/oauth-protected-resource/mcp":
            service = self.service
            self.say(200, {"resource": service.resource, "authorization_servers": [service.issuer]})
        else:
            self.say(405 if path == "/mcp" else 404)

    def do_POST(self) -> None:
        asked = json.loads(self.body())
        token = self.headers.get("authorization", "").removeprefix("Bearer ")
        self.service.heard.append(token)
        if token not in self.service.tokens:
            where = f"{self.service.resource.removesuffix('/mcp')}/.well-known/oauth-protected-resource/mcp"
            self.say(401, WWW_Authenticate=f'Bearer resource_metadata="{where}"')
            return
        if "id" not in asked:
            self.say(202)
            return
        result = self.service.answer(asked["method"], asked.get("params") or {})
        answer = {"result": result} if result is not None else {"error": {"code": -32601, "message": "none"}}
        self.say(200, {"jsonrpc": "2.0", "id": asked["id"], **answer})


class _Authorization(_Handler):
    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.service.asked.append(parts.path)
        if parts.path == "/.well-known/oauth-authorization-server":
            self.say(200, self.service.metadata())
        elif parts.path == "/authorize":
            self.say(302, Location=self.service.agree(self.path))
        else:
            self.say(404)

    def do_POST(self) -> None:
        path = urlsplit(self.path).path
        self.service.asked.append(path)
        raw = self.body()
        if path == "/register" and self.service.registers:
            client = secrets.token_hex(4)
            self.service.clients[client] = None
            wanted = json.loads(raw)
            self.say(201, {**wanted, "client_id": client, "token_endpoint_auth_method": "none"})
            return
        form = {name: one[0] for name, one in parse_qs(raw.decode()).items()}
        if path == "/token":
            tokens = self.service.grant(form)
            self.say(400, {"error": "invalid_grant"}) if tokens is None else self.say(200, tokens)
        elif path == "/revoke":
            self.service.revoked.append(form["token"])
            self.say(200)
        else:
            self.say(404)


@contextlib.contextmanager
def serving_login() -> Iterator[Service]:
    """Let both answer, each on a port of its own."""
    service = Service()
    tools, authorization = (
        ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (kind,), {"service": service}))
        for kind in (_Tools, _Authorization)
    )
    service.resource = f"http://127.0.0.1:{tools.server_port}/mcp"
    service.issuer = f"http://127.0.0.1:{authorization.server_port}"
    for server in (tools, authorization):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield service
    finally:
        for server in (tools, authorization):
            server.shutdown()
            server.server_close()
