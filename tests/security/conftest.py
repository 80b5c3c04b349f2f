"""A server for the whole folder: what it refuses leaves no trace."""

import json
import socket
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import pytest_asyncio

from tests.fake_engine import Fake, running_fake
from tests.server import Server, endpoint, serving

CANARY = "sk-canary-3c1e88b0d2"
BODY_BYTES = 1024 * 1024
HEADER_BYTES = 16 * 1024


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def engine() -> AsyncIterator[Fake]:
    """A fake engine that wants a key."""
    async with running_fake(key=CANARY) as fake:
        yield fake


@pytest.fixture(scope="session")
def server(engine: Fake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with small limits, one friendly origin, and the fake engine as its endpoint."""
    settings = {
        "log_level": "debug",
        "cors_origins": ["https://friend.example"],
        "allowed_hosts": ["chat.example"],
        "limits": {"body_bytes": BODY_BYTES, "header_bytes": HEADER_BYTES},
        "endpoints": [endpoint(engine)],
    }
    with serving(tmp_path_factory.mktemp("security"), config=settings) as running:
        yield running


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    """A client of it that is not a browser."""
    with server.client() as client:
        yield client


def routes(client: httpx.Client) -> list[tuple[str, str]]:
    """Return every route of the server as method and path, with made-up ids."""
    document = json.loads(client.get("/openapi.json").content)
    found = [
        (method.upper(), path.replace("{model}", "m").replace("{", "").replace("}", ""))
        for path, operations in document["paths"].items()
        for method in operations
    ]
    return [*found, ("GET", "/"), ("GET", "/openapi.json"), ("GET", "/api/nothing"), ("POST", "/nothing")]


def raw(server: Server, *pieces: bytes) -> bytes:
    """Send bytes as they are and return all that comes back until the server closes or is silent."""
    host, port = server.base_url.removeprefix("http://").split(":")
    answer = b""
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
            while data := connection.recv(65536):
                answer += data
                if b"\r\n\r\n" in answer and b"connection: close" not in answer.lower():
                    break
        except (ConnectionResetError, BrokenPipeError):
            pass  # it closed while we were still sending
    return answer
