"""Asks a Hugging Face hub, or a mirror of one, for files. Blocking: to be used in a thread.

The hub answers `/{repo}/resolve/{revision}/{file}` with a redirect to where the bytes are, and says in
`X-Linked-Etag` and `X-Linked-Size` what they are: for large files the SHA-256 of the content (see
"Download files from the Hub" in Hugging Face's documentation, and `get_hf_file_metadata` of its client).
`/api/models/{repo}/revision/{revision}?blobs=true` lists a repository, with the commit it was listed at.
"""

import re
from urllib.parse import quote

import msgspec

from stellarchat.core.errors import BadRequest, Forbidden, NotFound, Unavailable
from stellarchat.services.catalog.wire import (
    REDIRECTS,
    SHA256,
    Answer,
    Client,
    Remote,
    Switch,
    checked_endpoint,
    linked,
    location,
    origin,
    shown,
    whole,
)

DEFAULT_ENDPOINT = "https://huggingface.co"
MOST_LISTING = 32 << 20  # bytes; the longest listings have some thousand files of 300 bytes


class RepoFile(msgspec.Struct, frozen=True):
    """A file of a repository: its path in it, its size in bytes and, where known, its content's SHA-256."""

    file: str
    size: int
    sha256: str | None = None


class Listing(msgspec.Struct, frozen=True):
    """All files of a repository at `revision`, which is a commit where the hub tells."""

    repo: str
    revision: str
    files: tuple[RepoFile, ...]
    gated: bool = False


class _Lfs(msgspec.Struct):
    sha256: str | None = None
    size: int | None = None


class _Sibling(msgspec.Struct):
    rfilename: str
    size: int | None = None
    lfs: _Lfs | None = None


class _Info(msgspec.Struct):
    sha: str | None = None
    gated: bool | str = False
    siblings: list[_Sibling] = msgspec.field(default_factory=list)


class Hub(Client):
    """A hub at `endpoint`. The token goes to that origin and to no other.

    `timeout` is in seconds, for every single read.
    """

    name = "huggingface"
    remedy = "Check the connection to the internet, or set hf_endpoint to a mirror; then resume."

    def __init__(
        self, endpoint: str = DEFAULT_ENDPOINT, token: str | None = None, *, timeout: float = 30.0
    ) -> None:
        """Raises BadRequest for an endpoint that is not an http(s) address, or a token of several lines."""
        if token and not re.fullmatch(r"[\x21-\x7e]+", token):
            raise BadRequest("hf_token must be one word of plain characters.", param="hf_token")
        super().__init__(checked_endpoint(endpoint, "hf_endpoint"), token, timeout=timeout)

    def url(self, repo: str, revision: str, file: str) -> str:
        """Return the address of a file of the hub."""
        return f"{self.endpoint}/{repo}/resolve/{quote(revision, safe='')}/{quote(file)}"

    def listing(self, repo: str, revision: str, switch: Switch) -> Listing:
        """Return all files of a repository. Raises as `locate`, and Unavailable where it makes no sense."""
        url = f"{self.endpoint}/api/models/{repo}/revision/{quote(revision, safe='')}?blobs=true"
        try:
            info = msgspec.json.decode(self.fetch(url, switch, MOST_LISTING), type=_Info)
        except msgspec.MsgspecError as error:
            raise Unavailable(
                f"What {self.endpoint} says of {repo} makes no sense.",
                remedy="Check hf_endpoint.",
                detail=str(error),
                sentence="hub_nonsense",
                values={"host": self.endpoint, "repo": repo},
            ) from error
        files = []
        for one in info.siblings:
            lfs = one.lfs or _Lfs()
            size = lfs.size if lfs.size is not None else one.size
            if size is not None:
                digest = lfs.sha256 if lfs.sha256 and SHA256.fullmatch(lfs.sha256) else None
                files.append(RepoFile(one.rfilename, size, digest))
        return Listing(repo, info.sha or revision, tuple(files), bool(info.gated))

    def locate(self, url: str, switch: Switch) -> Remote:
        """Ask what the file is, without fetching it.

        Raises Forbidden (gated), NotFound, TooManyRequests, Unavailable, Interrupted.
        """
        for _ in range(REDIRECTS):
            with self._ask("HEAD", url, {}, switch) as answer:
                target = location(answer)
                # a redirect inside the hub means a renamed repository; one that leads away, the bytes
                if target is not None and origin(target) == origin(self.endpoint) and not linked(answer):
                    url = target
                    continue
                self._refuse(answer)
                etag = (answer.headers.get("X-Linked-Etag") or "").strip('W/"')
                size = whole(answer.headers.get("X-Linked-Size"))
                if size is None and target is None:
                    size = answer.length
                return Remote(url, size, etag if SHA256.fullmatch(etag) else None)
        raise Unavailable("The hub redirects in circles.", remedy="Try again later.", sentence="hub_circles")

    def _refuse(self, answer: Answer) -> None:
        status, code = answer.status, answer.headers.get("X-Error-Code", "")
        path = answer.url.removeprefix(self.endpoint).removeprefix("/api/models")
        page = "/".join(path.split("/")[1:3])
        said = answer.headers.get("X-Error-Message")
        if code == "GatedRepo" or status == 403:
            raise Forbidden(
                f"{page} is only given to people who have accepted its licence.",
                remedy=f"Accept it at {self.endpoint}/{page}, and set hf_token to a token of that account.",
                detail=said,
                sentence="hub_gated",
                values={"repo": page, "address": f"{self.endpoint}/{page}"},
            )
        if status == 401:
            check = "Check hf_token" if self._token else "Set hf_token"
            raise Forbidden(
                f"The hub does not show {page} to us: it is private or gated, or does not exist.",
                remedy=f"{check}, if you have access to it: see {self.endpoint}/{page}.",
                detail=said,
                sentence="hub_private",
                values={"repo": page, "address": f"{self.endpoint}/{page}"},
            )
        if status in (404, 410):
            raise NotFound(
                f"The hub has no such file: {shown(answer.url)}",
                remedy="Correct hf_repo and hf_file in models.json.",
                detail=code or None,
                sentence="hub_no_file",
                values={"address": shown(answer.url)},
            )
        super()._refuse(answer)
