"""Ollama as an engine: a daemon of the user's that is attached to, found at `ollama.base_url`."""

import http.client
import json
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from stellarchat.core.errors import BadRequest, EngineMissing
from stellarchat.core.launch import LaunchField, LaunchOptions, LaunchPlan
from stellarchat.core.models import ModelKind, Variant
from stellarchat.engines._openai_http.dialect import Body, Dialect
from stellarchat.engines._openai_http.native import Native
from stellarchat.engines.base import Footprint, Hardware, Probe, Refusal, context_field, refused_option
from stellarchat.engines.ollama import answers, requests
from stellarchat.engines.ollama.daemon import OllamaDaemon

DEFAULT_URL = "http://localhost:11434"
PROBE_SECONDS = 1.0
OURS = ("thinking", "reasoning_effort")  # of a request that says itself whether to think


class Ollama:
    """A running Ollama. Models are pulled, loaded and dropped by it; their state is its own."""

    name = "ollama"
    launches = False

    def __init__(self, base_url: str = DEFAULT_URL, api_key: str | None = None) -> None:
        self.daemon = OllamaDaemon(base_url, api_key)
        self.dialect = Dialect(name=self.name, adapt=_adapt, native=self._native)

    def probe(self) -> Probe:
        """Ask for its version: a second at most."""
        url = self.daemon.address.base_url
        version = _version(url)
        if version is not None:
            return Probe(usable=True, version=version)
        return Probe(
            usable=False,
            reason=f"No Ollama answers at {url}.",
            remedy="Install it from ollama.com and run `ollama serve`, or set ollama.base_url.",
            sentence="ollama_away",
            values={"address": url},
        )

    def fields(self, variant: Variant) -> tuple[LaunchField, ...]:
        """What Ollama can be told of a model; the number of replies at once is its own setting."""
        fields = (
            context_field(variant),
            LaunchField(name="threads", type="integer", minimum=1, maximum=512),
            LaunchField(name="gpu_layers", type="integer", minimum=0, maximum=999),
        )
        thinks = (LaunchField(name="thinking", type="boolean"),) if "thinking" in variant.capabilities else ()
        return fields + thinks

    def refuses(self, variant: Variant, options: LaunchOptions) -> Refusal | None:
        """Name the first thing that Ollama can't do with these."""
        if self.name not in variant.engines or variant.artefact.ollama is None:
            return Refusal(
                f"{variant.name} has no name in Ollama's library.",
                "engine_type",
                sentence="ollama_no_name",
                values={"name": variant.name},
            )
        if variant.kind is ModelKind.RERANK:
            return Refusal(
                "Ollama does not rank documents.",
                "engine_type",
                sentence="engine_no_ranking",
                values={"engine": "Ollama"},
            )
        return refused_option(self.fields(variant), options, "Ollama")

    def footprint(self, variant: Variant, weights: Path | None) -> Footprint:
        """Ollama keeps its own accounts of memory: it drops other models, or spills layers, by itself."""
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
        """What is left open is Ollama's to decide."""
        return msgspec.structs.replace(options, engine=self.name)

    def plan(self, variant: Variant, options: LaunchOptions, hardware: Hardware, weights: Path) -> LaunchPlan:
        """Raise EngineMissing: there is no process to launch."""
        raise EngineMissing(
            f"{variant.name} cannot be launched by Ollama: that is a server of its own.",
            remedy="Run `ollama serve`.",
        )

    def _native(self, path: str, body: Body) -> Native | None:
        """Return Ollama's own request. Raises BadRequest for what it would ignore."""
        model = str(body.get("model"))
        options, settings = self.daemon.settings(model)
        if any(body.get(field) is not None for field in OURS):
            settings.pop("think", None)
        if path == "/embeddings":
            encoding = str(body.get("encoding_format") or "float")
            made = requests.embed(body, options, settings)
            return Native("/api/embed", made, answers.Vectors(model, encoding))
        wants_usage = bool((body.get("stream_options") or {}).get("include_usage"))
        if path == "/chat/completions":
            made = requests.chat(body, options, settings)
            return Native("/api/chat", made, answers.Answer(model, usage=wants_usage))
        if path == "/completions":
            made = requests.generate(body, options, settings)
            return Native("/api/generate", made, answers.Answer(model, usage=wants_usage, bare=True))
        raise BadRequest("Ollama cannot do that.", param="model", sentence="ollama_cannot")


def _adapt(body: Body) -> Body:
    """Leave it: the whole body is translated."""
    return body


def _version(base_url: str) -> str | None:
    """Ask for the version without leaving the thread; None where no Ollama answers."""
    parts = urlsplit(base_url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=PROBE_SECONDS)
    try:
        connection.request("GET", f"{parts.path.rstrip('/')}/api/version")
        answer = connection.getresponse()
        found = json.loads(answer.read(4096)) if answer.status == 200 else {}
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    version = found.get("version") if isinstance(found, dict) else None
    return str(version) if version else None
