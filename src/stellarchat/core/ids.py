"""Identifiers: UUIDv7 (RFC 9562), so that ids made later sort later."""

import uuid_utils


def new_id() -> str:
    """Return a fresh UUIDv7 as 36 lower-case characters."""
    return str(uuid_utils.uuid7())
