"""Talks to a running server over HTTP, with the standard library alone."""

import json
import os
import shutil
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, NoReturn, cast
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from stellarchat.cli import common

if TYPE_CHECKING:
    from stellarchat.config import Settings

KEY = "STELLARCHAT_API_KEY"
"""Variable with the API key for a server that has accounts."""

TIMEOUT = 60.0
PATIENCE = 900.0
"""Seconds between two pieces of what takes long: a model that loads, an answer that is thought about."""


class Answer(NamedTuple):
    """An answer of any status; `data` is its JSON, or its text where it is none."""

    status: int
    data: Any


class Client:
    """The server at `url`; where None, the one the settings tell of."""

    def __init__(self, url: str | None) -> None:
        if url is None:
            url = address_of(common.load().settings)
        if urlsplit(url).scheme not in ("http", "https"):
            common.fail(f"{url} is no http address.", common.WRONG_USE)
        self.url = url.rstrip("/")

    def get(self, path: str) -> Any:
        """GET `path` and return its JSON."""
        return self._ask("GET", path, None)

    def post(self, path: str, body: dict[str, Any] | None = None, timeout: float = TIMEOUT) -> Any:
        """POST `body` and return the answer's JSON."""
        return self._ask("POST", path, body, timeout)

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        """PATCH with `body` and return the answer's JSON."""
        return self._ask("PATCH", path, body)

    def delete(self, path: str) -> Any:
        """DELETE `path`."""
        return self._ask("DELETE", path, None)

    def events(self, method: str, path: str, body: dict[str, Any] | None = None) -> Generator[Any]:
        """Yield the JSON of each server-sent event until the stream ends."""
        yield from self._read_events(self._request(method, path, body))

    def _read_events(self, request: Request) -> Generator[Any]:
        try:
            with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
                for line in answer:
                    if line.startswith(b"data:"):
                        yield json.loads(line[5:])
        except HTTPError as error:
            common.fail(_reason(error))
        except (URLError, OSError) as error:
            self._silent(error)

    def upload(self, path: str, file: BinaryIO, size: int, kind: str) -> Generator[Any]:
        """POST a file as it is and yield the JSON of each server-sent event of the answer."""
        headers = {**_credentials(), "content-type": kind, "content-length": str(size)}
        request = Request(self.url + path, cast(Any, file), headers, method="POST")  # noqa: S310
        yield from self._read_events(request)

    def download(self, path: str, file: BinaryIO) -> str | None:
        """GET what is no JSON into `file`; return the name that the server gives it."""
        try:
            with urlopen(self._request("GET", path, None), timeout=PATIENCE) as answer:  # noqa: S310
                shutil.copyfileobj(answer, file)
                name: str | None = answer.headers.get_filename()
                return name
        except HTTPError as error:
            common.fail(_reason(error))
        except (URLError, OSError) as error:
            self._silent(error)

    def answer(
        self, method: str, path: str, body: dict[str, Any] | None = None, timeout: float = PATIENCE
    ) -> Answer:
        """Return an answer whatever its status is."""
        try:
            with urlopen(self._request(method, path, body), timeout=timeout) as answer:  # noqa: S310
                return Answer(answer.status, _read(answer.read()))
        except HTTPError as error:
            return Answer(error.code, _read(error.read()))
        except (URLError, OSError) as error:
            self._silent(error)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None, timeout: float = TIMEOUT) -> Any:
        try:
            with urlopen(self._request(method, path, body), timeout=timeout) as answer:  # noqa: S310
                content = answer.read()
        except HTTPError as error:
            common.fail(_reason(error))
        except (URLError, OSError) as error:
            self._silent(error)
        return json.loads(content) if content else None

    def _request(self, method: str, path: str, body: dict[str, Any] | None) -> Request:
        data = None if body is None else json.dumps(body).encode()
        headers = _credentials()
        if body is not None:
            headers["content-type"] = "application/json"
        return Request(self.url + path, data, headers, method=method)  # noqa: S310

    def _silent(self, error: Exception) -> NoReturn:
        reason = getattr(error, "reason", error)
        common.fail(
            f"No server answers at {self.url} ({reason}). Start one: stellarchat serve", common.UNREACHABLE
        )


def address_of(settings: "Settings") -> str:
    """Return where the server of these settings is to be found from this machine."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _credentials() -> dict[str, str]:
    key = os.environ.get(KEY)
    return {"authorization": f"Bearer {key}"} if key else {}


def _read(content: bytes) -> Any:
    try:
        return json.loads(content) if content else None
    except ValueError:
        return content.decode(errors="replace")


def _reason(error: HTTPError) -> str:
    try:
        said = json.loads(error.read())["error"]
    except (ValueError, KeyError, TypeError):
        return f"The server answered {error.code}."
    return "\n".join(part for part in (said["message"], said.get("detail"), said.get("remedy")) if part)
