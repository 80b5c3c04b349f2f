"""Ports for servers that have to be told theirs."""

import random
import socket


def free_port() -> int:
    """Return a port of this machine that nobody has.

    It is none of those that the kernel gives to connections: one of them could be gone before it is used.
    """
    while True:
        port = random.randrange(10_240, 32_768)
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
