"""The environment and command line an engine is given."""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from stellarchat.core.launch import LaunchPlan

# every descendant of an engine carries this variable with a value of its launch, and is found by it
MARK = "ENGINE_RUN_MARK"

_NAMES = {"PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "SSL_CERT_FILE"}
_NAMES |= {"OLLAMA_MODELS", "HUGGINGFACE_HUB_CACHE"}  # where weights lie, see docs/configuration.md
_FAMILIES = ("LC_", "XDG_", "CUDA_", "NVIDIA_", "NCCL_", "HIP_", "ROCR_", "HSA_", "HF_", "GGML_", "OMP_")
_SECRET = re.compile(r"TOKEN|SECRET|PASSWORD|CREDENTIAL|_KEY$")


def inherited(source: Mapping[str, str]) -> dict[str, str]:
    """Return what of our own environment an engine may see: no setting and no secret of ours."""
    return {
        name: value
        for name, value in source.items()
        if (name in _NAMES or name.startswith(_FAMILIES)) and not _SECRET.search(name)
    }


def command(plan: LaunchPlan, port: int) -> list[str]:
    """Return the plan's argv for this port. Only `{port}` is replaced; other braces stay."""
    return [word.replace("{port}", str(port)) for word in plan.argv]


def environment(plan: LaunchPlan, *, port: int, key: str, mark: str) -> dict[str, str]:
    """Return the whole environment of the engine, its virtual environment's programs first in PATH."""
    made = inherited(os.environ)
    programs = Path(plan.environment, "bin") if plan.environment else Path(sys.executable).parent
    made["PATH"] = os.pathsep.join([str(programs), made.get("PATH", os.defpath)])
    if plan.environment:
        made["VIRTUAL_ENV"] = plan.environment
    for name, value in plan.env.items():
        made[name] = value.replace("{port}", str(port)).replace("{key}", key)
    made[MARK] = mark
    return made
