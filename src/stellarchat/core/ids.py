"""Identifiers: UUIDv7 (RFC 9562), so that ids made later sort later."""

import uuid

import uuid_utils


def new_id() -> str:
    """Return a fresh UUIDv7 as 36 lower-case characters."""
    return str(uuid_utils.uuid7())


def id_of(*names: str) -> str:
    """Return the one id of what these names together mean: the same whenever and wherever it is asked for."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, "\0".join(names)))
