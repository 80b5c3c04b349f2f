"""Catching a quick engine in mid-answer."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator


@contextlib.contextmanager
def slowly(pid: int) -> Iterator[None]:
    """Let the engine run for moments only, so that a quick model can be caught in mid-answer."""
    enough = threading.Event()

    def step() -> None:
        while not enough.is_set():
            os.kill(pid, signal.SIGCONT)
            time.sleep(0.002)
            os.kill(pid, signal.SIGSTOP)
            enough.wait(0.03)

    os.kill(pid, signal.SIGSTOP)
    stepping = threading.Thread(target=step)
    stepping.start()
    try:
        yield
    finally:
        enough.set()
        stepping.join()
