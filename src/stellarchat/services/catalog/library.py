"""What a person does with the catalogue: adds models, takes them out, deletes weights."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from stellarchat.core.errors import BadRequest, Conflict, Forbidden, StellarChatError
from stellarchat.core.instances import Instance
from stellarchat.core.launch import InstanceState
from stellarchat.core.models import ModelEntry, Variant
from stellarchat.services.catalog.catalog import Catalog
from stellarchat.services.catalog.catalog_file import GGUF, OLLAMA, read_entry
from stellarchat.services.catalog.downloads import Downloads
from stellarchat.services.catalog.inspection import Inspection, look_into
from stellarchat.services.catalog.traits import Found
from stellarchat.services.catalog.weights import NAME, check, expanded
from stellarchat.store.database import Store

logger = logging.getLogger(__name__)

_ENDED = (InstanceState.STOPPED, InstanceState.FAILED)
# fields of a file in models.json that a model of one file has directly
FILE_FIELDS = (
    "hf_repo", "hf_file", "hf_revision", "ms_repo", "url", "path", "ollama_name", "mmproj", "quantization",
    "format", "engines", "size_bytes", "sha256",
)  # fmt: skip


class Started(Protocol):
    """What is needed of the instances."""

    def of(self, variant_id: str) -> Instance | None:
        """Return a variant's instance."""


class Library:
    """Models of one's own come back at every start; those of models.json are not touched."""

    def __init__(
        self, catalog: Catalog, store: Store, inspection: Inspection, downloads: Downloads, instances: Started
    ) -> None:
        self._catalog, self._store, self._inspection = catalog, store, inspection
        self._downloads, self._instances = downloads, instances

    async def open(self) -> None:
        """Put the models that people added into the catalogue; before downloads and instances look there."""
        async with self._store.read() as tx:
            entries = await tx.models.list()
        for raw in entries:
            try:
                self._catalog.add(_read(raw))
            except StellarChatError as error:  # models.json has the name now
                logger.warning("%s of your own models is left out: %s", raw.get("id"), error.message)

    async def inspect(self, **place: str | None) -> Found:
        """Look at weights; see `Inspection.inspect`."""
        return await self._inspection.inspect(**place)

    async def add(self, given: Mapping[str, Any]) -> ModelEntry:
        """Add a model: an entry of models.json, or one with the fields of its single file.

        What such a one leaves open is looked up. Raises BadRequest naming the field, Conflict where the id is
        taken, and what `inspect` raises.
        """
        raw = {key: value for key, value in given.items() if value is not None}
        model_id = str(raw.get("id", ""))
        try:
            check("id", model_id, NAME)  # before anybody is asked about its weights
        except ValueError as error:
            raise BadRequest(f"{error}.", param="id", sentence="model_id_form") from error
        if any(model_id.lower() == entry.id.lower() for entry in self._catalog.entries()):
            raise Conflict(
                f"There is a model {model_id!r} already.",
                param="id",
                remedy="Choose another id.",
                sentence="model_id_taken",
                values={"name": model_id},
            )
        if "sizes" not in raw:
            raw = await self._completed(raw)
        elif stray := [field for field in FILE_FIELDS if field in raw and field != "engines"]:
            raise BadRequest(f"{stray[0]} belongs into sizes, where there are sizes.", param=stray[0])
        entry = _read(raw)
        for variant in entry.variants:
            path = variant.artefact.path
            if path is not None and (place := expanded(path)).exists():
                await asyncio.to_thread(look_into, place)
        self._catalog.add(entry)
        try:
            async with self._store.transaction() as tx:
                await tx.models.put(entry.id, raw)
        except BaseException:
            self._catalog.remove(entry.id)
            raise
        return entry

    async def take_out(self, model_id: str) -> None:
        """Take a model of one's own out; weights that were downloaded for it stay.

        Raises ModelNotFound, Forbidden for a model of models.json, Conflict while it runs or is downloaded.
        """
        entry = self._catalog.entry(model_id)
        if not entry.own:
            raise Forbidden(
                f"{entry.name} is a model of models.json.",
                param="model_id",
                remedy="Take it out of the file that models_config names, and start the server again.",
                sentence="model_of_file",
                values={"name": entry.name},
            )
        for variant in entry.variants:
            self._refuse_used(variant)
            download = self._downloads.of(variant.id)
            if download is not None:
                await self._downloads.cancel(download.id)
        async with self._store.transaction() as tx:
            await tx.models.delete(model_id)
        self._catalog.remove(model_id)

    async def delete_weights(self, variant_id: str) -> int:
        """Delete downloaded weights and return the bytes freed. Raises Conflict while an instance runs them.

        And as `Downloads.remove`.
        """
        variant = self._catalog.resolve(variant_id)
        self._refuse_used(variant)
        return await self._downloads.remove(variant)

    def _refuse_used(self, variant: Variant) -> None:
        instance = self._instances.of(variant.id)
        if instance is not None and instance.state not in _ENDED:
            raise Conflict(
                f"{variant.name} is {instance.state.value}.",
                param="model_id",
                remedy="Stop it first.",
                sentence="model_used",
                values={"name": variant.name},
            )

    async def _completed(self, raw: dict[str, Any]) -> dict[str, Any]:
        """Return the entry that a model of one file stands for, with what was left open looked up."""
        file = {name: raw.pop(name) for name in FILE_FIELDS if name in raw}
        parameters = raw.pop("parameters", None)
        if "ollama_name" in file:
            file |= {"format": OLLAMA, "quantization": file.get("quantization", "default")}
        elif any(name not in raw for name in ("kind", "context_length")) or "quantization" not in file:
            place = {name: file[name] for name in ("hf_repo", "hf_file", "url", "path") if name in file}
            if "hf_repo" not in place:
                place.pop("hf_file", None)
            found = await self._inspection.inspect(**place)
            form = _chosen(found, file)
            raw = {
                "name": found.name,
                "kind": found.kind.value,
                "context_length": found.context_length,
                "capabilities": [one.value for one in found.capabilities],
                **raw,
            }
            file = {"quantization": form.quantization, "format": form.format, **file}
            file.setdefault("engines", list(form.engines))
            if form.size_bytes is not None:
                file.setdefault("size_bytes", form.size_bytes)
            if found.mmproj is not None and form.format == GGUF:
                file.setdefault("mmproj", found.mmproj)
            parameters = parameters or found.parameters
        raw.setdefault("context_length", 4096)
        raw.setdefault("kind", "chat")
        # one variant, which has the model's name: nobody has to know the quantization to ask for it
        file["id"] = str(raw.get("id", ""))
        size = {"size": "", "files": [file]}
        if parameters is not None:
            size["parameters"] = parameters
        return {**raw, "sizes": [size]}


def _chosen(found: Found, file: dict[str, Any]) -> Any:
    """Return the form that is meant. Raises BadRequest where it has to be said."""
    forms = [one for one in found.files if "format" not in file or one.format == file["format"]]
    if "quantization" in file:
        forms = [one for one in forms if one.quantization == str(file["quantization"]).lower()]
    ggufs = [one for one in forms if one.format == GGUF]
    if "hf_file" in file or len(forms) == 1:
        if forms:
            if forms[0].format == GGUF and "hf_repo" in file:
                file.setdefault("hf_file", forms[0].file)
            return forms[0]
    elif forms and not ggufs:
        return forms[0]
    names = [one.file or "the whole repository (format safetensors)" for one in found.files]
    raise BadRequest(
        "Which file is meant?" if forms else "There is no such file.",
        param="hf_file",
        remedy=f"There are {', '.join(names[:20])}.",
        sentence="file_which" if forms else "file_other",
        values={"names": ", ".join(names[:20])},
    )


def _read(raw: Mapping[str, Any]) -> ModelEntry:
    """Read an entry. Raises BadRequest naming the field."""
    try:
        entry = read_entry(msgspec.json.encode(raw))
    except msgspec.ValidationError as error:
        text = str(error)
        path = (
            text.rsplit("`$.", 1)[-1].rstrip("`")
            if "`$." in text
            else text.split("`")[1]
            if "`" in text
            else "id"
        )
        raise BadRequest(f"{text}.", param=path, sentence="model_entry", values={"said": text}) from error
    except ValueError as error:
        raise BadRequest(
            f"{error}.",
            param=str(error).split(":")[0].split(",")[0],
            sentence="model_entry",
            values={"said": str(error)},
        ) from error
    return msgspec.structs.replace(entry, own=True)
