"""SGLang as an engine: `sglang.launch_server` in an environment of its own, or a server that runs already."""

import time
from pathlib import Path

from stellarchat.core.errors import EngineMissing
from stellarchat.core.launch import LaunchOptions, LaunchPlan, Readiness
from stellarchat.core.models import Variant
from stellarchat.engines._paged.attached import AttachedServer, answers_as
from stellarchat.engines._paged.base import LOAD_DEADLINE, PagedEngine
from stellarchat.engines._paged.installed import Finder, gpu_present
from stellarchat.engines.base import Hardware, Probe
from stellarchat.engines.sglang import flags, start
from stellarchat.engines.sglang.dialect import dialect

USUAL_URL = "http://localhost:30000"
LOOK_SECONDS = 30.0  # between two looks at the usual address
SHARE = 0.85  # of each GPU's memory; SGLang itself takes 0.8 to 0.9, by GPU
COMMAND = "python3 -m venv ~/sglang && ~/sglang/bin/pip install sglang"
INSTALL = f"Install it: {COMMAND}, then set sglang.environment to ~/sglang"
OR_ATTACH = ", or set sglang.base_url to the address of a server that runs."


class Sglang(PagedEngine):
    """Attached to `base_url` where `named` tells that a person set it; else started here if installed.

    Where it is neither, it is attached to a SGLang server that answers at `base_url`, its usual address,
    at the first look. `environment` is as for vLLM.
    """

    name = "sglang"
    title = "SGLang"
    taken = flags.TAKEN
    cache_types = flags.CACHE_TYPES
    share = SHARE

    def __init__(
        self,
        base_url: str = USUAL_URL,
        api_key: str | None = None,
        environment: str | None = None,
        named: bool = False,
        root: Path = Path("/"),
    ) -> None:
        super().__init__(Finder(("sglang",), "sglang", environment))
        self._base_url, self._api_key, self._root = base_url, api_key, root
        self._daemon = self._attached() if named else None
        self._looked: float | None = None
        self._adapted: set[str] = set()
        self.dialect = dialect(self._adapted)

    @property
    def daemon(self) -> AttachedServer | None:
        """The server that it is attached to."""
        return self._daemon

    @property
    def launches(self) -> bool:
        """False where it is attached to a server."""
        return self._daemon is None

    def probe(self) -> Probe:
        """Look for it in its environment, and where it is in none, for a server at the usual address."""
        if self._daemon is not None:
            return Probe(usable=True)
        installed = self.finder.find()
        if installed is None:
            if self.finder.folder is None and self._answers():
                self._daemon = self._attached()
                return Probe(usable=True)
            folder = self.finder.folder
            reason = f"SGLang is not installed in {folder}." if folder else "SGLang is not installed."
            if folder is not None and (folder / "bin" / "python").exists():
                command = f"{folder}/bin/pip install sglang"
                return self.absent(reason, f"Install it there: {command}{OR_ATTACH}", command, folder)
            return self.absent(reason, INSTALL + OR_ATTACH, COMMAND)
        if not gpu_present(self._root):
            return Probe(
                usable=False,
                version=installed.version,
                reason=f"SGLang {installed.version} needs a GPU, and this machine shows none.",
                remedy="Set sglang.base_url to the address of a server that has one, or use another engine.",
                sentence="engine_no_gpu",
                values={"engine": self.title, "version": installed.version, "address": "sglang.base_url"},
            )
        return Probe(usable=True, version=installed.version)

    def default_thinking_since(self) -> tuple[int, int, int]:
        """The release that got `--default-chat-template-kwargs`."""
        return flags.DEFAULT_THINKING_SINCE

    def plan(self, variant: Variant, options: LaunchOptions, hardware: Hardware, weights: Path) -> LaunchPlan:
        """Return `sglang.launch_server` with all its arguments. Raises EngineMissing where it is missing."""
        installed = self.finder.find()
        if installed is None or not self.launches:
            raise EngineMissing(
                "SGLang cannot be started here.",
                remedy=self.probe().remedy,
                sentence="engine_no_start",
                values={"engine": "SGLang"},
            )
        shape, model = self.shape(variant), str(weights.absolute())
        self._adapted.discard(variant.id)
        if options.lora:  # each request has to ask for the adapter: the dialect does it
            self._adapted.add(variant.id)
        return LaunchPlan(
            name=variant.id,
            argv=(
                str(installed.python),
                str(Path(start.__file__).absolute()),
                *flags.arguments(variant, options, shape, installed.release, model),
            ),
            env=flags.environment(options),
            readiness=Readiness(path="/health", deadline=LOAD_DEADLINE, loading_status=503),
            environment=None if installed.own else str(installed.folder),
            weights=(model,),
            weights_bytes=shape.weights_bytes,
        )

    def _answers(self) -> bool:
        """Look whether SGLang answers at the usual address, once in a while."""
        now = time.monotonic()
        if self._looked is not None and now - self._looked < LOOK_SECONDS:
            return False
        self._looked = now
        return answers_as(self._base_url, "sglang", self._api_key)

    def _attached(self) -> AttachedServer:
        return AttachedServer(self.title, self.name, self._base_url, self._api_key, {})
