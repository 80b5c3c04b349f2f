"""What rooms are made with, as the settings want it."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from pydantic import SecretStr

from stellarchat.api.cookies import CookieStyle
from stellarchat.api.gate import AccountGate, Gate, OpenGate
from stellarchat.api.limits import Limits
from stellarchat.config import Settings
from stellarchat.core.errors import BadRequest
from stellarchat.core.quotas import Quota
from stellarchat.engines.registry import Registry
from stellarchat.engines.transformers.entry import entry_of
from stellarchat.engines.transformers.folder import BadFolder
from stellarchat.runtime.hardware import Hardware
from stellarchat.services.accounts.accounts import SignUp
from stellarchat.services.accounts.oidc import Oidc, OidcSettings
from stellarchat.services.accounts.reception import Reception
from stellarchat.services.catalog.catalog import Catalog
from stellarchat.services.catalog.hub import Hub
from stellarchat.services.catalog.modelscope import ModelScope
from stellarchat.services.catalog.sources import Sources
from stellarchat.services.catalog.web import Web
from stellarchat.services.endpoints.remotes import Preset
from stellarchat.services.files.files import Files
from stellarchat.services.files.preparing import Preparing
from stellarchat.services.files.storage import Storage
from stellarchat.services.outside import Outside
from stellarchat.store.database import Store

log = logging.getLogger(__name__)

HARDWARE_SECONDS = 1.0  # how long a look at the machine is good for


def registry(settings: Settings) -> Registry:
    """Return the engines as the settings want them."""
    return Registry(settings=_of_engines(settings))


def sources(settings: Settings, outside: Outside) -> Sources:
    """Return where weights are fetched from."""
    scope = settings.downloads
    return Sources(
        Hub(settings.hf_endpoint, _secret(settings.hf_token)),
        ModelScope(scope.modelscope_endpoint) if scope.source == "modelscope" else None,
        Web(outside),
    )


def reception(settings: Settings, store: Store) -> Reception:
    """Return the services of accounts as the settings want them. Raises BadSecret."""
    accounts = settings.accounts
    made = Reception(
        store,
        settings.data_dir,
        on=settings.auth == "on",
        secret=_secret(accounts.secret),
        access=timedelta(minutes=accounts.access_minutes),
        refresh=timedelta(days=accounts.refresh_days),
        sign_up=SignUp(accounts.sign_up),
    )
    provider = settings.oidc
    if made.on and provider.issuer and provider.client_id:
        made.oidc = Oidc(
            OidcSettings(
                issuer=provider.issuer,
                client_id=provider.client_id,
                client_secret=_secret(provider.client_secret),
                name=provider.name,
                scopes=provider.scopes,
                public_url=provider.public_url,
                allowed_domains=provider.allowed_domains,
                admit=provider.sign_up,
                role_claim=provider.role_claim,
                admin_values=provider.admin_values,
            ),
            store,
            made.accounts,
        )
    return made


def cookie(settings: Settings) -> CookieStyle:
    """Return how a browser's login is kept."""
    return CookieStyle(secure=not settings.insecure, seconds=settings.accounts.refresh_days * 86400)


def gate(settings: Settings, reception: Reception) -> Gate:
    """Return who finds out who is calling."""
    if not reception.on:
        return OpenGate()
    return AccountGate(reception.callers, cookie(settings).name)


def presets(settings: Settings) -> list[Preset]:
    return [
        Preset(
            name=endpoint.name,
            base_url=endpoint.base_url,
            api_key=_secret(endpoint.api_key),
            models=endpoint.models,
            enabled=endpoint.enabled,
        )
        for endpoint in settings.endpoints
    ]


def _of_engines(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return what each engine is made with."""
    vllm, sglang = settings.vllm, settings.sglang
    return {
        "ollama": {"base_url": settings.ollama.base_url},
        "vllm": {
            "base_url": vllm.base_url,
            "api_key": _secret(vllm.api_key),
            "environment": vllm.environment,
            "model_aliases": vllm.model_aliases,
            "gpu_memory_utilization": vllm.gpu_memory_utilization,
        },
        "sglang": {
            "base_url": sglang.base_url,
            "api_key": _secret(sglang.api_key),
            "environment": sglang.environment,
            "named": "base_url" in sglang.model_fields_set,
        },
        "transformers": {
            "device": settings.transformers.device,
            "precision": settings.transformers.precision,
        },
    }


def offer_folders(catalog: Catalog, settings: Settings) -> None:
    """Put the folders of models that the settings name into the catalogue."""
    named = {"transformers": settings.transformers.model_path, "vllm": settings.vllm.local_model_path}
    for folder in dict.fromkeys(path for path in named.values() if path is not None):
        engines = tuple(name for name, path in named.items() if path == folder)
        try:
            entry = entry_of(Path(folder))
            variants = tuple(msgspec.structs.replace(one, engines=engines) for one in entry.variants)
            catalog.add(msgspec.structs.replace(entry, variants=variants))
        except (BadFolder, BadRequest, OSError) as error:
            log.warning("the folder %s for %s is not offered: %s", folder, " and ".join(engines), error)


def storage(settings: Settings) -> Storage:
    """Return where the bytes of attached files lie."""
    return Storage(settings.data_dir / "files")


def files(settings: Settings, store: Store) -> Files:
    """Return what takes in attached files and gives them out."""
    wanted = settings.files
    return Files(
        store,
        storage(settings),
        Preparing(image_side=wanted.image_side, text_chars=wanted.text_chars, seconds=wanted.read_seconds),
        file_bytes=wanted.file_bytes,
        user_bytes=wanted.user_bytes,
    )


def limits(settings: Settings) -> Limits:
    limits = settings.limits
    return Limits(
        body_bytes=limits.body_bytes,
        bodies_bytes=limits.bodies_bytes,
        import_bytes=limits.import_bytes,
        header_bytes=limits.header_bytes,
        messages=limits.messages,
        choices=limits.choices,
        stop_sequences=limits.stop_sequences,
        tools=limits.tools,
        schema_depth=limits.schema_depth,
        max_tokens=limits.max_tokens,
    )


def quota(settings: Settings) -> Quota:
    """Return what each user may ask for."""
    limits = settings.limits
    return Quota(
        requests_per_minute=limits.requests_per_minute,
        tokens_per_day=limits.tokens_per_day,
        concurrent=limits.concurrent,
    )


def _secret(value: SecretStr | None) -> str | None:
    return value.get_secret_value() if value is not None else None


def remembered(look: Callable[[], Hardware]) -> Callable[[], Hardware]:
    """Look at the machine at most once in a while: a list of models asks once per model."""
    seen: tuple[float, Hardware] | None = None

    def cached() -> Hardware:
        nonlocal seen
        now = time.monotonic()
        if seen is None or now - seen[0] > HARDWARE_SECONDS:
            seen = (now, look())
        return seen[1]

    return cached
