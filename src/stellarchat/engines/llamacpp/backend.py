"""What the installed llama.cpp can compute on besides the processor, found without loading it."""

import functools
import mmap
import platform
import sys
from importlib import util
from pathlib import Path

# the drivers that a build asks the dynamic linker for
# files that a driver makes: where there is none, no library of 100 MB has to be looked through
DEVICES = ("/dev/nvidiactl", "/dev/kfd", "/dev/dri", "/dev/dxg")
DRIVERS = {"cuda": b"libcuda.so.1\0", "rocm": b"libamdhip64.so", "vulkan": b"libvulkan.so.1\0"}


@functools.cache
def installed_backend() -> str | None:
    """Return `cuda`, `rocm`, `vulkan` or `metal`; None where there is no such device or no code for it."""
    found = util.find_spec("xllamacpp")
    if found is None or found.origin is None:
        return None
    if sys.platform == "darwin" and platform.machine() == "arm64":
        return "metal"
    if not any(Path(device).exists() for device in DEVICES):
        return None
    for library in sorted(Path(found.origin).parent.glob("*.so")):
        if (backend := backend_of(library)) is not None:
            return backend
    return None


def backend_of(library: Path) -> str | None:
    """Look for the name of a driver in a library."""
    with library.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for name, driver in DRIVERS.items():
            if data.find(driver) >= 0:
                return name
    return None
