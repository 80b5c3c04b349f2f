"""An identity provider: faithful, unless it is told otherwise. By itself, or on a port."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

ISSUER = "https://login.example.com"
CLIENT = "stellarchat"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Provider:
    """Answers as a provider does; `changes` are claims that differ, `sign` makes the token.

    `denies` is the error with which it sends a browser back that comes to log in.
    """

    def __init__(self) -> None:
        self.changes: dict[str, Any] = {}
        self.header: dict[str, Any] = {"kid": "1"}
        self.key: Any = KEY
        self.algorithm = "RS256"
        self.nonce = ""
        self.issuer = ISSUER
        self.denies: str | None = None
        self.forms: list[dict[str, list[str]]] = []
        self.document = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/jwks",
        }

    def __call__(self, url: str, body: bytes | None, headers: Mapping[str, str]) -> bytes:
        path = urlsplit(url).path
        if path.endswith("openid-configuration"):
            return json.dumps(self.document).encode()
        if path == "/jwks":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
            shared = {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTEyMzQ", "kid": "shared"}
            return json.dumps(
                {"keys": [shared, public | {"kid": "1", "alg": "RS256", "use": "sig"}]}
            ).encode()
        assert body is not None
        self.forms.append(parse_qs(body.decode()))
        return json.dumps({"id_token": self.token(), "access_token": "x"}).encode()

    def token(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT, "sub": "42", "iat": now, "exp": now + 300, "nonce": self.nonce,
            "email": "ada@example.com", "email_verified": True, "preferred_username": "ada",
        }  # fmt: skip
        claims |= self.changes
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, self.key, algorithm=self.algorithm, headers=self.header)

    def authorize(self, url: str) -> str:
        """Return where a browser is sent that logs in here: back, as whoever `changes` say."""
        query = {name: one[0] for name, one in parse_qs(urlsplit(url).query).items()}
        self.nonce = query["nonce"]
        said = {"error": self.denies} if self.denies else {"code": "c"}
        return f"{query['redirect_uri']}?{urlencode({'state': query['state'], **said})}"


@contextlib.contextmanager
def serving_provider() -> Iterator[Provider]:
    """Let one answer on a port."""
    made = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if urlsplit(self.path).path == "/authorize":
                self.send_response(303)
                self.send_header("location", made.authorize(self.path))
                self.send_header("content-length", "0")
                self.end_headers()
            else:
                self._answer(None)

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["content-length"])))

        def _answer(self, body: bytes | None) -> None:
            content = made(self.path, body, {})
            self.send_response(200)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.issuer = f"http://127.0.0.1:{server.server_port}"
    made.document = json.loads(json.dumps(made.document).replace(ISSUER, made.issuer))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
