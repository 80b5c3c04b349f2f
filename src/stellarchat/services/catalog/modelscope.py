"""Asks ModelScope, or a mirror of it, for files. Blocking: to be used in a thread.

`/api/v1/models/{repo}/repo/files` lists a repository with size and SHA-256 of each file, and
`/api/v1/models/{repo}/repo?FilePath=` gives one, by Range too (see `modelscope.hub` of its client).
"""

from urllib.parse import quote

import msgspec

from stellarchat.core.errors import Forbidden, NotFound, Unavailable
from stellarchat.services.catalog.hub import MOST_LISTING, Listing, RepoFile
from stellarchat.services.catalog.wire import SHA256, Answer, Client, Switch, checked_endpoint, shown

DEFAULT_ENDPOINT = "https://modelscope.cn"
MAIN = "master"


class _File(msgspec.Struct, rename="pascal"):
    path: str
    size: int
    type: str = "blob"
    sha256: str = ""


class _Files(msgspec.Struct, rename="pascal"):
    files: list[_File] | None = None


class _Answer(msgspec.Struct, rename="pascal"):
    code: int = 200
    message: str = ""
    data: _Files | None = None


class ModelScope(Client):
    """ModelScope at `endpoint`."""

    name = "modelscope"
    remedy = "Check the connection to the internet and downloads.modelscope_endpoint; then resume."

    def __init__(self, endpoint: str = DEFAULT_ENDPOINT, *, timeout: float = 30.0) -> None:
        """Raises BadRequest for an endpoint that is not an http(s) address."""
        super().__init__(checked_endpoint(endpoint, "downloads.modelscope_endpoint"), timeout=timeout)

    def url(self, repo: str, revision: str, file: str) -> str:
        """Return the address of a file; the branch that Hugging Face calls main is master here."""
        branch = MAIN if revision == "main" else revision
        return (
            f"{self.endpoint}/api/v1/models/{repo}/repo"
            f"?Revision={quote(branch, safe='')}&FilePath={quote(file, safe='')}"
        )

    def listing(self, repo: str, revision: str, switch: Switch) -> Listing:
        """Return all files of a repository. Raises as `locate`, and Unavailable where it makes no sense."""
        branch = MAIN if revision == "main" else revision
        url = (
            f"{self.endpoint}/api/v1/models/{repo}/repo/files"
            f"?Revision={quote(branch, safe='')}&Recursive=true"
        )
        try:
            answer = msgspec.json.decode(self.fetch(url, switch, MOST_LISTING), type=_Answer)
        except msgspec.MsgspecError as error:
            raise Unavailable(
                f"What {self.endpoint} says of {repo} makes no sense.",
                remedy="Check downloads.modelscope_endpoint.",
                detail=str(error),
                sentence="hub_nonsense",
                values={"host": self.endpoint, "repo": repo},
            ) from error
        if answer.code != 200 or answer.data is None:
            raise NotFound(
                f"ModelScope does not have {repo}: {answer.message or answer.code}",
                remedy="Name it in ms_repo in models.json, or set downloads.source to huggingface.",
                sentence="ms_none",
                values={"repo": repo, "said": str(answer.message or answer.code)},
            )
        return Listing(
            repo,
            branch,
            tuple(
                RepoFile(one.path, one.size, one.sha256 if SHA256.fullmatch(one.sha256) else None)
                for one in answer.data.files or ()
                if one.type == "blob"
            ),
        )

    def _refuse(self, answer: Answer) -> None:
        page = "/".join(answer.url.removeprefix(self.endpoint).split("/")[4:6])
        if answer.status in (401, 403):
            raise Forbidden(
                f"ModelScope does not give {page} to us: it is private, or gated.",
                remedy=f"See {self.endpoint}/models/{page}, or set downloads.source to huggingface.",
                sentence="ms_private",
                values={"repo": page, "address": f"{self.endpoint}/models/{page}"},
            )
        if answer.status in (404, 410):
            raise NotFound(
                f"ModelScope has no such file: {shown(answer.url)}",
                remedy="Name its repository in ms_repo, or set downloads.source to huggingface.",
                sentence="ms_no_file",
                values={"address": shown(answer.url)},
            )
        super()._refuse(answer)
