"""A model asked in this process: the engine is its child, everything else lives in a folder for the while."""

import asyncio
import contextlib
import re
import shutil
import tempfile
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from stellarchat.core.errors import BadRequest, EngineNotReady, ModelNotFound, revived
from stellarchat.core.events import End, Failed, Phase, Status, Text, Thinking
from stellarchat.core.launch import LaunchOptions
from stellarchat.inferencer.replies import Messages, Piece, Progress, Reply
from stellarchat.services.answers.inference import Answer
from stellarchat.services.answers.structured import Shape
from stellarchat.services.instances.starting import Progress as StartProgress
from stellarchat.services.instances.starting import Step

if TYPE_CHECKING:
    from stellarchat.app.house import House
    from stellarchat.core.models import Variant

USER = "local"
CHOICES = ("size", "quantization", "format")


class Embedded:
    """A Backend (see `replies`). `told` hears what happens before the first token."""

    def __init__(
        self,
        engine_type: str | None,
        model_name: str,
        options: dict[str, Any],
        told: Callable[[Progress], None],
        *,
        config: Path | None,
        download: bool,
    ) -> None:
        self._engine, self._name, self._told = engine_type, model_name, told
        self._choice = {key: options.get(key) for key in CHOICES}
        launch = {key: value for key, value in options.items() if key not in CHOICES}
        self._options = launch_options(engine_type, launch)
        self._config, self._download = config, download
        self._house: House | None = None
        self._folder: Path | None = None
        self.model = model_name

    async def open(self) -> None:
        """Make the house, and start the model in it; a download comes first where it is needed."""
        # imported here: `import stellarchat` and help do without the server's modules
        from stellarchat.app.house import aside

        self._folder = Path(tempfile.mkdtemp(prefix="stellarchat-"))
        self._house = house = aside(self._config, self._folder)
        await house.open()
        variant = await self._variant(house)
        self.model = variant.id
        self._require_weights(house, variant)
        async for step in house.starting.start(variant, self._options):
            if step.step is Step.ERROR and step.error is not None:
                raise revived(step.error)
            if (progress := started(step)) is not None:
                self._told(progress)

    async def _variant(self, house: "House") -> "Variant":
        """Find the model: in the catalogue, with an attached server, on the disk, or in a repository."""
        if self._on_disk() is None:
            try:
                return house.catalog.choose(self._name, engine=self._engine, **self._choice)
            except (ModelNotFound, BadRequest):
                await house.instances.watches.look()
        with contextlib.suppress(ModelNotFound):
            return house.catalog.choose(self._name, engine=self._engine, **self._choice)
        source = self._source()
        if source is None:
            return house.catalog.choose(self._name, engine=self._engine, **self._choice)
        entry = await house.library.add({"id": _slug(self._name), "name": self._name, **source})
        return house.catalog.choose(entry.id, engine=self._engine, **self._choice)

    def _on_disk(self) -> Path | None:
        path = Path(self._name).expanduser()
        return path.absolute() if path.exists() else None

    def _source(self) -> dict[str, str] | None:
        """Return where a model that nobody knows yet may come from, as an entry of models.json says it."""
        if (path := self._on_disk()) is not None:
            return {"path": str(path)}
        if self._engine == "ollama":
            return {"ollama_name": self._name}
        if self._name.startswith(("http://", "https://")):
            return {"url": self._name}
        return {"hf_repo": self._name} if self._name.count("/") == 1 else None

    def _require_weights(self, house: "House", variant: "Variant") -> None:
        if self._download or variant.artefact.ollama or house.catalog.local_path(variant) is not None:
            return
        raise EngineNotReady(
            f"{variant.name} has not been downloaded yet.",
            param="model_name",
            remedy=f"Run `stellarchat models pull {variant.id}`, or leave download at True.",
        )

    async def close(self) -> None:
        """End the engine and everything around it."""
        house, self._house = self._house, None
        folder, self._folder = self._folder, None
        if house is not None:
            await house.close()
        if folder is not None:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def stream(self, messages: Messages, params: dict[str, Any]) -> AsyncGenerator[Piece | Reply]:
        """Yield a reply in pieces, and at last the whole one. Leaving early stops the model."""
        inference = self._opened().inference
        generation = await inference.ask(USER, self.model, messages, params)
        try:
            async for batch in generation.follow():
                for _, event in batch:
                    if isinstance(event, Failed):
                        raise revived(event.error)
                    if isinstance(event, End):
                        yield replied(inference.told(generation, event))
                    elif isinstance(event, Text):
                        yield Piece(text=event.text)
                    elif isinstance(event, Thinking):
                        yield Piece(thinking=event.text)
                    elif isinstance(event, Status):
                        self._told_of(event)
        finally:
            inference.leave(generation)

    async def structured(
        self, messages: Messages, params: dict[str, Any], schema: dict[str, Any]
    ) -> tuple[Reply, Any]:
        """Return a reply and the value in it, checked against `schema`."""
        inference = self._opened().inference
        answer, value = await inference.structured(USER, self.model, messages, params, Shape(schema))
        return replied(answer), value

    async def embed(self, texts: list[str]) -> list[list[float]]:
        """Return a vector for each text."""
        if not texts:
            return []
        embedded = await self._opened().vectors.embed(self.model, [*texts])
        return [vector for vector in embedded.vectors if not isinstance(vector, str)]  # none is base64

    async def rerank(self, query: str, documents: list[str]) -> list[float]:
        """Return how relevant each document is, in their order."""
        if not documents:
            return []
        ranking = await self._opened().vectors.rerank(self.model, query, documents)
        scores = {result.index: result.relevance_score for result in ranking.results}
        return [scores[place] for place in range(len(documents))]

    def _opened(self) -> "House":
        if self._house is None:
            raise EngineNotReady("It was closed.", remedy="Make another, or use it inside of its block.")
        return self._house

    def _told_of(self, status: Status) -> None:
        steps = {Phase.QUEUED: "queued", Phase.LOADING: "load", Phase.PREFILL: "prefill"}
        if (step := steps.get(status.phase)) is not None:
            self._told(
                Progress(
                    step=step,
                    model=self.model,
                    progress=status.progress,
                    bytes_done=status.bytes_done,
                    bytes_total=status.bytes_total,
                    eta_seconds=status.eta_seconds,
                    position=status.position,
                )
            )


def _slug(name: str) -> str:
    """Return a model's id for a path, an address or a repository."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name.rstrip("/").rpartition("/")[2]).strip("-.").lower()


def launch_options(engine: str | None, options: dict[str, Any]) -> LaunchOptions:
    """Return the launch options. Raises BadRequest naming one that there is not, or that is wrong."""
    known = [field.name for field in msgspec.structs.fields(LaunchOptions) if field.name != "engine"]
    for name in options:
        if name not in known:
            raise BadRequest(
                f"There is no option {name!r}.", param=name, remedy=f"Known are: {', '.join(known)}."
            )
    try:
        return msgspec.convert({**options, "engine": engine}, LaunchOptions)
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at `$.")
        raise BadRequest(f"{path.rstrip('`')}: {what}.", param=path.rstrip("`") or None) from None


def replied(answer: Answer) -> Reply:
    """Return an answer as callers see it."""
    calls = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
        for call in answer.tool_calls
    ]
    return Reply(
        model=answer.model,
        text=answer.text,
        thinking=answer.thinking,
        tool_calls=calls,
        finish_reason=answer.finish_reason,
        usage=answer.usage,
        timings=answer.timings,
    )


def started(step: StartProgress) -> Progress | None:
    """Return a step of a start as callers see it."""
    if step.download is not None:
        download = step.download
        done, total = download.bytes_done, download.bytes_total
        return Progress(
            step="download",
            model=step.variant,
            progress=done / total if total else None,
            bytes_done=done,
            bytes_total=total,
            rate=download.rate,
            eta_seconds=download.eta_seconds,
        )
    if step.step is Step.LAUNCH:
        return Progress(step="launch", model=step.variant)
    if step.step is Step.LOAD and step.instance is not None and (loading := step.instance.loading):
        return Progress(
            step="load",
            model=step.variant,
            progress=loading.progress,
            bytes_done=loading.bytes_done,
            bytes_total=loading.bytes_total,
            eta_seconds=loading.eta_seconds,
        )
    return None
