"""What a user has chosen: the model and parameters of new chats, and how the page looks."""

from collections.abc import Mapping
from typing import Any

import msgspec

from stellarchat.core.errors import BadRequest, PayloadTooLarge
from stellarchat.services import parameters
from stellarchat.store.database import Store, Transaction

PROMPT_CHARS = 200_000
UI_BYTES = 64 * 1024
MODELS = 500
"""Models with parameters of their own."""


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """A user's settings. `params` are in OpenAI's words, `ui` is the page's own and not looked into.

    `model_params` are parameters by model: under those of a chat, over the engine's own.
    """

    default_model: str | None = None
    params: dict[str, Any] = msgspec.field(default_factory=dict)
    model_params: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
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
        """Replace the given fields; None takes one back to its default.

        `ui` and `model_params` are merged key by key, where None removes a key.

        Raises BadRequest or PayloadTooLarge naming the field.
        """
        for name, value in fields.items():
            _check(name, value)
        async with self._store.transaction() as tx:
            stored = await tx.settings.get(user_id)
            for name, value in fields.items():
                if value is None:
                    stored.pop(name, None)
                elif name in ("ui", "model_params"):
                    merged = {**stored.get(name, {}), **value}
                    stored[name] = {key: kept for key, kept in merged.items() if kept is not None}
                    _check(name, stored[name])
                else:
                    stored[name] = parameters.check(value) if name == "params" else value
            await tx.settings.put(user_id, stored)
        return _known(stored)


async def model_params(tx: Transaction, user_id: str, model: str) -> dict[str, Any]:
    """Return the parameters that a user wants of a model wherever it answers."""
    found: dict[str, Any] = (await tx.settings.get(user_id)).get("model_params", {}).get(model, {})
    return found


def _known(stored: Mapping[str, Any]) -> Chosen:
    """Leave out what another version of this program may have stored."""
    return msgspec.convert(dict(stored), Chosen)


def _check(name: str, value: Any) -> None:
    if name not in Chosen.__struct_fields__:
        raise BadRequest(f"There is no setting {name!r}.", param=name)
    if value is None:
        return
    if name in ("params", "ui", "model_params"):
        if not isinstance(value, dict):
            raise BadRequest(f"{name} must be an object.", param=name)
        if name == "params":
            parameters.check(value)
        elif name == "model_params":
            _check_models(value)
        elif len(msgspec.json.encode(value)) > UI_BYTES:
            raise PayloadTooLarge(f"ui may have at most {UI_BYTES} bytes.", param="ui")
        return
    if not isinstance(value, str):
        raise BadRequest(f"{name} must be a text.", param=name)
    if name == "system_prompt" and len(value) > PROMPT_CHARS:
        raise PayloadTooLarge(
            f"system_prompt may have at most {PROMPT_CHARS} characters.",
            param=name,
            sentence="field_long",
            values={"limit": PROMPT_CHARS, "field": name},
        )
    if name == "default_model" and not 0 < len(value) <= 256:
        raise BadRequest("default_model must have 1 to 256 characters.", param=name)


def _check_models(value: Mapping[str, Any]) -> None:
    if len(value) > MODELS:
        raise PayloadTooLarge(
            f"model_params may be of at most {MODELS} models.",
            param="model_params",
            sentence="params_models",
            values={"limit": MODELS},
        )
    for model, params in value.items():
        if not 0 < len(model) <= 256:
            raise BadRequest("A model's name has 1 to 256 characters.", param="model_params")
        if params is None:
            continue
        if not isinstance(params, dict):
            raise BadRequest(f"model_params.{model} must be an object.", param=f"model_params.{model}")
        try:
            parameters.check(params)
        except BadRequest as error:
            error.param = f"model_params.{model}.{error.param}"
            raise
