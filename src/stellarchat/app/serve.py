"""The server: bound, announced, drained."""

import contextlib
import os
import resource
from collections.abc import Callable
from typing import Final

from stellarchat.app.doors import create
from stellarchat.config import Settings

FILES: Final = 65_536
"""Files and sockets that may be open at once, where the system allows so many."""


def serve(settings: Settings, announce: Callable[[str], None]) -> None:
    """Serve until a signal comes. `announce` is called with the address once it answers.

    A server that is to start anew keeps its sockets: who asks meanwhile waits.
    Raises StellarChatError where it cannot start.
    """
    # imported here: only a server needs it
    from stellarchat.api.live.requests import FRAME_BYTES
    from stellarchat.api.server import DrainingServer, bind, configure

    _open_more_files()
    sockets = bind(settings.host, settings.port)
    port = sockets[0].getsockname()[1]
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    _set_environment(settings)
    begun = False

    def ready() -> None:
        nonlocal begun
        if not begun:
            announce(f"http://{host}:{port}")
        begun = True

    again = True
    while again:
        entrance, house = create(settings)
        limits = settings.limits
        frame = max(limits.body_bytes, FRAME_BYTES)  # what is too long can still be told so
        config = configure(
            entrance,
            head_limit=limits.header_bytes,
            frame_limit=frame,
            body_seconds=limits.body_seconds,
            body_rate=limits.body_rate,
        )
        server = DrainingServer(config, house, ready)
        house.backups.restart = server.restart
        # it closes those that it is given
        server.run([one.dup() for one in sockets])
        again = server.again


def _open_more_files() -> None:
    """Go up to what the system allows: it gives 1,024 to whoever does not ask, and each socket takes one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES if hard == resource.RLIM_INFINITY else min(hard, FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        with contextlib.suppress(OSError, ValueError):  # macOS allows less than it says
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _set_environment(settings: Settings) -> None:
    """Make the engines keep their weights where ours are."""
    os.environ["OLLAMA_MODELS"] = str(settings.weights_dir / settings.models_subdir_ollama)
    os.environ["HUGGINGFACE_HUB_CACHE"] = str(settings.weights_dir / settings.models_subdir_hf)
