"""What of the requests goes into the audit log: all that administrators do, and what is tried in their place.

Logins, keys and users tell of themselves (`accounts.on_event`). A route may say what it was about that its
path does not: `about(scope, target)`.
"""

from collections.abc import Mapping
from typing import Any

from fastapi.requests import HTTPConnection

from stellarchat.api.origins import SAFE_METHODS
from stellarchat.api.whence import address, served
from stellarchat.core.accounts import AccountEvent
from stellarchat.services.administration.audit import Audit

_STATE = "administration"
_TARGET = "about"

ACTIONS = {
    ("POST", "/api/v1/models/start"): "instance.start",
    ("POST", "/api/v1/models/start-stream"): "instance.start",
    ("PATCH", "/api/v1/models/running/{run_id}"): "instance.change",
    ("POST", "/api/v1/models/running/{run_id}/restart"): "instance.restart",
    ("POST", "/api/v1/models/running/{run_id}/stop"): "instance.stop",
    ("POST", "/api/v1/models"): "model.add",
    ("DELETE", "/api/v1/models/{model_id}"): "model.remove",
    ("DELETE", "/api/v1/models/{variant_id}/weights"): "model.remove_weights",
    ("POST", "/api/v1/downloads"): "download.start",
    ("POST", "/api/v1/downloads/{download_id}/pause"): "download.pause",
    ("POST", "/api/v1/downloads/{download_id}/resume"): "download.resume",
    ("DELETE", "/api/v1/downloads/{download_id}"): "download.cancel",
    ("POST", "/api/v1/endpoints"): "endpoint.add",
    ("PATCH", "/api/v1/endpoints/{endpoint_id}"): "endpoint.change",
    ("DELETE", "/api/v1/endpoints/{endpoint_id}"): "endpoint.remove",
    ("POST", "/api/tools/servers"): "tool_server.add",
    ("PATCH", "/api/tools/servers/{server_id}"): "tool_server.change",
    ("DELETE", "/api/tools/servers/{server_id}"): "tool_server.remove",
    ("PUT", "/api/tools/servers/{server_id}/policies"): "tool_server.policies",
    ("POST", "/api/admin/backups"): "backup.create",
    ("POST", "/api/admin/backups/upload"): "backup.upload",
    ("GET", "/api/admin/backups/{name}"): "backup.download",
    ("DELETE", "/api/admin/backups/{name}"): "backup.delete",
    ("POST", "/api/admin/backups/{name}/restore"): "backup.restore",
    ("GET", "/api/admin/feedback/export"): "feedback.export",
    ("GET", "/api/admin/audit/export"): "audit.export",
    ("PUT", "/api/users/{user_id}/limits"): "user.limits",
}
"""What the routes do, in words that stay; others are called by method and path."""

# these change nothing
_TRIES = ("/api/v1/models/inspect", "/api/v1/endpoints/test", "/api/tools/servers/{server_id}/test")
# what succeeds here is told by accounts
_TOLD = ("/api/users", "/api/invitations")


def administrative(scope: Any) -> None:
    """Note that a request asks for what only an administrator may do."""
    scope["state"][_STATE] = True


def about(connection: HTTPConnection, target: str) -> None:
    """Say what a request is about."""
    connection.scope["state"][_TARGET] = target


def _template(scope: Any) -> str:
    """Return the path with the names of its parameters: that of a nested router's route is not whole."""
    names = {str(value): f"{{{name}}}" for name, value in (scope.get("path_params") or {}).items()}
    return "/".join(names.get(part, part) for part in scope["path"].split("/"))


class Notes:
    """Writes requests and accounts' events into the audit log."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    def request(self, scope: Any, status: int) -> None:
        """Hear of a request that was answered."""
        state = scope["state"]
        if _STATE not in state:
            return
        method, route = scope["method"], _template(scope)
        if route in _TRIES:
            return
        action = ACTIONS.get((method, route))
        if action is None:
            if method in SAFE_METHODS or (route.startswith(_TOLD) and status < 400):
                return
            action = f"{method} {route}"[:64]
        caller = state.get("caller")
        params: Mapping[str, Any] = scope.get("path_params") or {}
        target = state.get(_TARGET) or next((str(value) for value in params.values()), None)
        self._audit.note(
            action,
            user_id=caller.user_id if caller is not None else None,
            user_name=caller.name if caller is not None else None,
            target=target,
            status=status or 499,
            address=address(HTTPConnection(scope)),
            detail={"key": caller.key_id} if caller is not None and caller.key_id else None,
        )

    def account(self, event: AccountEvent) -> None:
        """Hear of what happened to an account in the request that is served."""
        request = served()
        if request is None:
            self._audit.account(event)
            return
        caller = request.scope["state"].get("caller")
        known = caller is not None and caller.user_id == event.actor_id
        # the name too: whoever removes their own account has none any more
        self._audit.account(event, address=address(request), user_name=caller.name if known else None)
