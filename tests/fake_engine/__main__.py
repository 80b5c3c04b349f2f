"""`python -m tests.fake_engine --help`."""

import asyncio
import os
import signal
import sys
import time

from tests.fake_engine import options
from tests.fake_engine.server import serve

_ALLOCATION = """\
ggml_backend_cpu_buffer_type_alloc_buffer: failed to allocate buffer of size 68719476736
llama_model_load: error loading model: unable to allocate CPU buffer
"""


def leave_child() -> None:
    """Leave a grandchild behind in a session of its own, deaf to TERM: what a bad engine does."""
    if os.fork():
        os.wait()
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        time.sleep(60)


def main() -> None:
    """Misbehave as told, else serve."""
    chosen = options.parse()
    if chosen.ignore_term:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if chosen.fork_child:
        leave_child()
    if chosen.oom:
        sys.stderr.write(_ALLOCATION)
        sys.exit(1)
    if chosen.stderr:
        sys.stderr.write(chosen.stderr + "\n")
        sys.stderr.flush()
    if chosen.exit_code >= 0:
        time.sleep(chosen.exit_after)
        sys.exit(chosen.exit_code)
    asyncio.run(serve(chosen))


main()
