"""A remote server with an OpenAI-compatible API: nothing to launch, only to be spoken to."""

from pathlib import Path

import msgspec

from stellarchat.core.errors import EngineMalformed, EngineMissing, EngineRefused
from stellarchat.core.launch import LaunchField, LaunchOptions, LaunchPlan
from stellarchat.core.models import Variant
from stellarchat.engines._openai_http.dialect import OPENAI, Dialect
from stellarchat.engines._openai_http.upstream import Dial, Upstream
from stellarchat.engines.base import Footprint, Hardware, Probe, Refusal

LIST_LIMIT = 4 << 20  # bytes of a model list; the largest public one has a tenth of it


class OpenAIEndpoint:
    """A remote endpoint. `base_url` ends before `/chat/completions`, as in OpenAI's own clients."""

    name = "openai"
    launches = False
    daemon = None
    dialect: Dialect = OPENAI

    def __init__(self, base_url: str | None = None) -> None:
        self.base_url = base_url

    def probe(self) -> Probe:
        """Usable wherever an address is configured."""
        if self.base_url:
            return Probe(usable=True)
        return Probe(
            usable=False,
            reason="No remote endpoint is configured.",
            remedy="Add one under `endpoints` in the configuration: its base_url, its key and a model.",
            sentence="endpoints_none",
        )

    def fields(self, variant: Variant) -> tuple[LaunchField, ...]:
        """Nothing is launched."""
        return ()

    def refuses(self, variant: Variant, options: LaunchOptions) -> Refusal | None:
        """Remote models run elsewhere."""
        return Refusal(
            "The engine 'openai' is a remote server; it runs no model here.",
            "engine_type",
            sentence="engine_remote",
        )

    def footprint(self, variant: Variant, weights: Path | None) -> Footprint:
        """Nothing of a remote model lies in our memory."""
        return Footprint(
            weights_bytes=0,
            kv_bytes_per_token=0,
            overhead_bytes=0,
            context_limit=variant.context_length,
            exact=True,
        )

    def settled(
        self, variant: Variant, options: LaunchOptions, hardware: Hardware, footprint: Footprint
    ) -> LaunchOptions:
        """There is nothing to decide."""
        return options

    def plan(self, variant: Variant, options: LaunchOptions, hardware: Hardware, weights: Path) -> LaunchPlan:
        """Raise EngineMissing: there is no process to launch."""
        raise EngineMissing(
            f"{variant.name} cannot be launched by 'openai': that is a remote server.",
            remedy="Choose another engine.",
        )


class _Listed(msgspec.Struct):
    id: str


class _ModelList(msgspec.Struct):
    data: list[_Listed]


async def list_models(
    base_url: str, api_key: str | None, *, timeout: float = 10.0, dial: Dial | None = None
) -> list[str]:
    """Ask an endpoint for its models by `GET {base_url}/models` (OpenAI's API reference).

    Raises EngineDied or EngineStalled when it cannot be reached, EngineRefused when it answers with an
    error, EngineMalformed when the answer is not a model list.
    """
    upstream = Upstream(base_url, api_key, stall_timeout=timeout, dial=dial)
    try:
        async with await upstream.request("GET", "/models") as response:
            body = await response.read(LIST_LIMIT)
            status = response.status
    finally:
        upstream.close()
    if status in (401, 403):
        raise EngineRefused(
            f"The endpoint does not accept the key ({status}).",
            remedy="Check the endpoint's api_key.",
            detail=body[:500].decode(errors="replace"),
            sentence="endpoint_key",
            values={"status": status},
        )
    if status != 200:
        raise EngineRefused(
            f"The endpoint answered {status} to the question for its models.",
            remedy="Check base_url; it usually ends in /v1.",
            detail=body[:500].decode(errors="replace"),
            sentence="endpoint_status",
            values={"status": status},
        )
    try:
        return [model.id for model in msgspec.json.decode(body, type=_ModelList).data]
    except msgspec.MsgspecError as error:
        raise EngineMalformed(
            "The endpoint's answer is not a model list.",
            remedy="Check base_url; it usually ends in /v1.",
            detail=str(error),
            sentence="endpoint_no_list",
        ) from error
