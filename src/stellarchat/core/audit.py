"""Who did what, when, and from where."""

from datetime import datetime
from typing import Any

import msgspec


class AuditEvent(msgspec.Struct, kw_only=True):
    """One thing that was done, or tried. Never changed afterwards, and never holds a secret.

    `user_id` and `user_name` are whoever did it as they were then, None where that is not known. `target`
    is what it was done to, `status` the HTTP status it was answered with, `address` where it came from.
    """

    id: str
    at: datetime
    action: str
    user_id: str | None = None
    user_name: str | None = None
    target: str | None = None
    status: int = 200
    address: str | None = None
    detail: dict[str, Any] = msgspec.field(default_factory=dict)


class AuditQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which events are wanted: `action` may be a whole one or its beginning up to a dot."""

    since: datetime | None = None
    until: datetime | None = None
    user_id: str | None = None
    action: str | None = None
    failed: bool | None = None
