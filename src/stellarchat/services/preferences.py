"""What a user has chosen: the model and parameters of new chats, and how the page looks."""

from collections.abc import Mapping
from typing import Any

import msgspec

from stellarchat.core.errors import BadRequest, PayloadTooLarge
from stellarchat.services import parameters
from stellarchat.store.database import Store

PROMPT_CHARS = 200_000
UI_BYTES = 64 * 1024


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """A user's settings. `params` are in OpenAI's words, `ui` is the page's own and not looked into."""

    default_model: str | None = None
    params: dict[str, Any] = msgspec.field(default_factory=dict)
    system_prompt: str | None = None
    ui: dict[str, Any] = msgspec.field(default_factory=dict)


class Preferences:
    """Reads and changes what users have chosen."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, user_id: str) -> Chosen:
        """Return a user's settings; the defaults where nothing was chosen yet."""
        async with self._store.read() as tx:
            return _known(await tx.settings.get(user_id))

    async def change(self, user_id: str, fields: Mapping[str, Any]) -> Chosen:
        """Replace the given fields; None takes one back to its default. `ui` is merged key by key.

        Raises BadRequest or PayloadTooLarge naming the field.
        """
        for name, value in fields.items():
            _check(name, value)
        async with self._store.transaction() as tx:
            stored = await tx.settings.get(user_id)
            for name, value in fields.items():
                if value is None:
                    stored.pop(name, None)
                elif name == "ui":
                    merged = {**stored.get("ui", {}), **value}
                    stored["ui"] = {key: kept for key, kept in merged.items() if kept is not None}
                    _check("ui", stored["ui"])
                else:
                    stored[name] = parameters.check(value) if name == "params" else value
            await tx.settings.put(user_id, stored)
        return _known(stored)


def _known(stored: Mapping[str, Any]) -> Chosen:
    """Leave out what another version of this program may have stored."""
    return msgspec.convert(dict(stored), Chosen)


def _check(name: str, value: Any) -> None:
    if name not in Chosen.__struct_fields__:
        raise BadRequest(f"There is no setting {name!r}.", param=name)
    if value is None:
        return
    if name in ("params", "ui"):
        if not isinstance(value, dict):
            raise BadRequest(f"{name} must be an object.", param=name)
        if name == "params":
            parameters.check(value)
        elif len(msgspec.json.encode(value)) > UI_BYTES:
            raise PayloadTooLarge(f"ui may have at most {UI_BYTES} bytes.", param="ui")
        return
    if not isinstance(value, str):
        raise BadRequest(f"{name} must be a text.", param=name)
    if name == "system_prompt" and len(value) > PROMPT_CHARS:
        raise PayloadTooLarge(f"system_prompt may have at most {PROMPT_CHARS} characters.", param=name)
    if name == "default_model" and not 0 < len(value) <= 256:
        raise BadRequest("default_model must have 1 to 256 characters.", param=name)
