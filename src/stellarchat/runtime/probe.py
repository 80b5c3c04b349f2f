"""One tiny HTTP request: is it ready?"""

import asyncio
import contextlib
from urllib.parse import urlsplit

from stellarchat.core.launch import Address

_LONGEST = 4096


async def status(address: Address, path: str, timeout: float) -> int | None:
    """GET `path` and return the HTTP status, or None where there is no answer within `timeout` seconds.

    HTTP/1.0 (RFC 1945), because nothing is to be kept of the connection.
    """
    try:
        async with asyncio.timeout(timeout):
            return await _get(address, path)
    except (OSError, ValueError, IndexError):  # OSError: TimeoutError too
        return None


async def _get(address: Address, path: str) -> int:
    where = urlsplit(address.base_url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port, limit=_LONGEST)
    try:
        key = f"Authorization: Bearer {address.api_key}\r\n" if address.api_key else ""
        writer.write(f"GET {path} HTTP/1.0\r\nHost: {where.netloc}\r\n{key}\r\n".encode())
        line = await reader.readline()
        return int(line.split()[1])
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
