"""Where the weights of an artefact come from, and which files they are."""

import msgspec

from stellarchat.core.errors import BadRequest, NotFound
from stellarchat.core.models import Artefact
from stellarchat.services.catalog.hub import Hub, Listing
from stellarchat.services.catalog.modelscope import ModelScope
from stellarchat.services.catalog.selection import needed
from stellarchat.services.catalog.web import Web
from stellarchat.services.catalog.weights import ListedFile, Manifest, check_file, parts, web_path
from stellarchat.services.catalog.wire import Client, Remote, Switch


class Planned(msgspec.Struct, frozen=True):
    """A file to fetch. Without `remote`, its place is asked for when its turn comes."""

    file: str
    url: str
    remote: Remote | None = None


class Plan(msgspec.Struct, frozen=True):
    """All files to fetch; for a whole folder the list that is kept in it."""

    files: tuple[Planned, ...]
    manifest: Manifest | None = None


class Sources:
    """The hub, ModelScope where that is preferred, and any address."""

    def __init__(self, hub: Hub, modelscope: ModelScope | None = None, web: Web | None = None) -> None:
        """With `modelscope`, repositories are fetched from there in place of the hub."""
        self._repos: Hub | ModelScope = modelscope or hub
        self._web = web

    @property
    def repositories(self) -> Hub | ModelScope:
        """Where repositories are looked up."""
        return self._repos

    @property
    def web(self) -> Web:
        """Where addresses are fetched. Raises BadRequest where that is not done here."""
        if self._web is None:
            raise BadRequest("Addresses are not fetched here.", param="url", sentence="urls_off")
        return self._web

    def client(self, artefact: Artefact) -> Client:
        """Return whom to ask for an artefact."""
        return self.web if artefact.url is not None else self._repos

    def repo(self, artefact: Artefact) -> str:
        """Return the repository's name at the place that is asked."""
        if isinstance(self._repos, ModelScope) and artefact.ms_repo is not None:
            return artefact.ms_repo
        return artefact.hf_repo or ""

    def listing(self, artefact: Artefact, switch: Switch) -> Listing:
        """Return all files of an artefact's repository. Raises as `Client.locate`."""
        return self._repos.listing(self.repo(artefact), artefact.hf_revision, switch)

    def plan(self, artefact: Artefact, switch: Switch) -> Plan:
        """Return which files are to be fetched from where. Raises as `Client.locate`."""
        if artefact.url is not None:
            return Plan((Planned(web_path(artefact.url).rsplit("/", 1)[1], artefact.url),))
        if artefact.hf_file is None:
            listing = self.listing(artefact, switch)
            files = tuple(
                ListedFile(one.file, one.size, one.sha256) for one in needed(listing.files, listing.repo)
            )
            for one in files:
                _check_name(one.file, listing.repo)
            return self.again(artefact, Manifest(listing.revision, files))
        names = (*parts(artefact.hf_file), *([artefact.mmproj] if artefact.mmproj else []))
        urls = {name: self._repos.url(self.repo(artefact), artefact.hf_revision, name) for name in names}
        if isinstance(self._repos, ModelScope):
            known = {one.file: one for one in self.listing(artefact, switch).files}
            for name in names:
                if name not in known:
                    raise NotFound(
                        f"{self.repo(artefact)} on ModelScope has no file {name}.",
                        param="hf_file",
                        remedy="Name its repository in ms_repo, or set downloads.source to huggingface.",
                        sentence="ms_no_file",
                        values={"address": f"{self.repo(artefact)}/{name}"},
                    )
            remotes = {name: Remote(urls[name], known[name].size, known[name].sha256) for name in names}
            return Plan(tuple(Planned(name, urls[name], remotes[name]) for name in names))
        if len(names) == 1:
            return Plan((Planned(names[0], urls[names[0]]),))
        # asked for beforehand, so that the whole size is known
        located = {name: self._repos.locate(urls[name], switch) for name in names}
        return Plan(tuple(Planned(name, urls[name], located[name]) for name in names))

    def again(self, artefact: Artefact, manifest: Manifest) -> Plan:
        """Return the plan that a folder's list stands for."""
        files = []
        for one in manifest.files:
            url = self._repos.url(self.repo(artefact), manifest.revision, one.file)
            files.append(Planned(one.file, url, Remote(url, one.size, one.sha256)))
        return Plan(tuple(files), manifest)


def _check_name(file: str, repo: str) -> None:
    try:
        check_file("file", file)
    except ValueError:
        raise BadRequest(
            f"{repo} has a file with the name {file[:200]!r}, which is not allowed.",
            param="hf_repo",
            remedy="Name another repository.",
            sentence="repo_file_name",
            values={"repo": repo, "file": file[:200]},
        ) from None
