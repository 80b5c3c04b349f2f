"""Which model answers a user: one that is here, a preset of the settings, or a custom one of the user's own.

It is the same choice as the default model of the page, in the words of the simple conversations.
"""

import msgspec

from stellarchat.core.errors import BadRequest, ModelNotFound
from stellarchat.core.models import ModelKind
from stellarchat.services.endpoints.own import Own, OwnEndpoints, checked_key
from stellarchat.services.endpoints.remotes import Remotes
from stellarchat.services.models import Models
from stellarchat.services.preferences import Preferences

DEFAULT = "default"
CUSTOM = "custom"


class PresetModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model of an endpoint of the settings; `available` where it can be asked now."""

    name: str
    model: str
    available: bool
    base_url: str


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What a user has chosen. `model_type` is `default`, `custom` or a model's id."""

    model_type: str
    model: str | None
    base_url: str
    has_key: bool
    presets: dict[str, PresetModel]
    max_tokens: int | None


class Custom(msgspec.Struct, frozen=True, kw_only=True):
    """What is given of a custom model; None keeps what is stored, an empty key forgets the key."""

    base_url: str | None = None
    model: str | None = None
    api_key: str | None = None


class Choices:
    """Reads and changes which model answers a user."""

    def __init__(self, preferences: Preferences, models: Models, own: OwnEndpoints, remotes: Remotes) -> None:
        self._preferences, self._models = preferences, models
        self._own, self._remotes = own, remotes

    async def get(self, user_id: str) -> Choice:
        """Return what a user has chosen, with what it comes to now."""
        chosen, own = await self._preferences.get(user_id), await self._own.get(user_id)
        name, presets = chosen.default_model, self._presets()
        model, url, has_key = await self._models.default(user_id), "", False
        if own is not None and name == own.id:
            model, url, has_key = own.model, own.base_url, own.has_key
        elif model in presets:
            url = presets[model].base_url
        return Choice(
            model_type=CUSTOM if own is not None and name == own.id else name or DEFAULT,
            model=model,
            base_url=url,
            has_key=has_key,
            presets=presets,
            max_tokens=chosen.params.get("max_tokens"),
        )

    async def change(
        self,
        user_id: str,
        *,
        model_type: str | None = None,
        max_tokens: int | msgspec.UnsetType | None = msgspec.UNSET,
        custom: Custom | None = None,
    ) -> Choice:
        """Change what is given: the custom model first, then which one answers, and how long.

        Raises BadRequest naming `model_type`, `base_url`, `model`, `api_key` or `max_tokens`, and
        AddressRefused.
        """
        if custom is not None:
            await self.put_own(user_id, custom)
        if model_type is not None:
            wanted = await self._meant(user_id, model_type)
            await self._preferences.change(user_id, {"default_model": wanted})
        if max_tokens is not msgspec.UNSET:
            params = {**(await self._preferences.get(user_id)).params, "max_tokens": max_tokens}
            await self._preferences.change(user_id, {"params": params})
        return await self.get(user_id)

    async def put_own(self, user_id: str, custom: Custom) -> Own:
        """Store a custom model; where the one before was chosen, it is chosen. Raises as `change`."""
        before = await self._own.get(user_id)
        base_url = custom.base_url or (before.base_url if before else None)
        model = custom.model or (before.model if before else None)
        for name, value in (("base_url", base_url), ("model", model)):
            if value is None:
                raise BadRequest(
                    f"A custom model needs {name}.", param=name, remedy="Give its address and its name there."
                )
        assert base_url is not None
        assert model is not None
        key = checked_key(custom.api_key, "api_key")
        stored = await self._own.put(user_id, base_url=base_url, model=model, api_key=key)
        if before is not None and before.id != stored.id:
            await self._replace(user_id, before.id, stored.id)
        return stored

    async def remove_own(self, user_id: str) -> bool:
        """Remove a custom model; where it was chosen, the default is. Return whether there was one."""
        before = await self._own.get(user_id)
        if before is not None:
            await self._replace(user_id, before.id, None)
        return await self._own.remove(user_id)

    async def _replace(self, user_id: str, before: str, after: str | None) -> None:
        if (await self._preferences.get(user_id)).default_model == before:
            await self._preferences.change(user_id, {"default_model": after})

    async def _meant(self, user_id: str, model_type: str) -> str | None:
        """Return the model's id that a type means, None for the default."""
        if model_type == DEFAULT:
            return None
        if model_type == CUSTOM:
            own = await self._own.get(user_id)
            if own is None:
                raise BadRequest(
                    "There is no custom model yet.",
                    param="model_type",
                    remedy="Give custom_api_url and custom_model along with it.",
                )
            return own.id
        try:
            found = await self._models.find(user_id, model_type)
        except ModelNotFound:
            raise BadRequest(
                f"There is no model {model_type!r} that could be asked.",
                param="model_type",
                remedy="Use default, custom, an available one of preset_models, or an id of GET /api/models.",
            ) from None
        if found.kind != ModelKind.CHAT:
            raise BadRequest(f"{model_type} writes no text.", param="model_type")
        return found.id

    def _presets(self) -> dict[str, PresetModel]:
        found: dict[str, PresetModel] = {}
        for known in self._remotes.list():
            if known.source != "config":
                continue
            for model in known.models or known.served:
                found.setdefault(
                    model,
                    PresetModel(
                        name=known.name,
                        model=model,
                        available=model in known.served,
                        base_url=known.base_url,
                    ),
                )
        return found
