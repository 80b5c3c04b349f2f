"""Large lists travel compressed to those who take it, and untouched to those who don't."""

from collections.abc import Iterator

import pytest

from tests.server import Server, serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the whole catalogue."""
    with serving(tmp_path_factory.mktemp("compression")) as running:
        yield running


@pytest.mark.parametrize("path", ["/api/models", "/api/v1/models"])
def test_lists_of_models_are_compressed_for_who_takes_it(server: Server, path: str) -> None:
    with server.client() as client:
        small = client.get(path, headers={"accept-encoding": "gzip"})
        plain = client.get(path, headers={"accept-encoding": "identity"})
    assert small.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in small.headers["vary"].lower()
    assert "content-encoding" not in plain.headers
    assert int(small.headers["content-length"]) * 8 < len(plain.content)
    assert len(small.json()["data"]) == len(plain.json()["data"])


def test_small_answers_and_streams_are_left_alone(server: Server) -> None:
    ask = {"model": "stellar-demo", "stream": True, "messages": [{"role": "user", "content": "Hello"}]}
    with server.client(headers={"accept-encoding": "gzip"}) as client:
        assert "content-encoding" not in client.get("/api/version").headers
        assert "content-encoding" not in client.post("/v1/chat/completions", json=ask).headers
        start = client.post("/api/v1/models/start-stream", json={"model_id": "stellar-demo"})
        assert "content-encoding" not in start.headers
