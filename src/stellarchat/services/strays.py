"""Models that somebody else loaded in a server that is not ours, as variants."""

from collections.abc import Collection, Iterator, Mapping

from stellarchat.core.models import Artefact, Capability, ModelKind, Variant
from stellarchat.engines.base import Served
from stellarchat.services.attached import Watch, same
from stellarchat.services.catalog import Catalog

EMBEDS = "embedding"


def strayed(
    watch: Watch, ours: Collection[str], catalog: Catalog, running: Mapping[str, object]
) -> Iterator[tuple[Served, Variant]]:
    """Yield the models in a server's memory that are none of `ours`, with the variant each one is.

    One of the catalogue where it has the name and does not run already (`running`, by variant id), else
    one made up of what the server tells.
    """
    for served in watch.served:
        if not served.loaded or any(same(served.name, name) for name in ours):
            continue
        variant = known(served, watch.engine.name, catalog)
        if variant is None or variant.id in running:
            variant = made_up(served, watch.engine.name)
        if variant.id not in running:
            yield served, variant


def known(served: Served, engine: str, catalog: Catalog) -> Variant | None:
    """Return the variant of the catalogue that a server's model is, if there is one."""
    for variant in catalog.variants():
        artefact = variant.artefact
        names = [name for name in (artefact.ollama, artefact.hf_repo, variant.id) if name]
        if engine in variant.engines and any(same(served.name, name) for name in names):
            return variant
    return None


def made_up(served: Served, engine: str) -> Variant:
    """Return a variant for a model that the catalogue does not have."""
    name = served.name.removesuffix(":latest")
    embeds = EMBEDS in served.capabilities
    return Variant(
        id=name,
        model_id=name,
        name=name,
        kind=ModelKind.EMBEDDING if embeds else ModelKind.CHAT,
        size=name.rpartition(":")[2] if ":" in name else "",
        quantization=served.quantization or "",
        format=engine,
        engines=(engine,),
        artefact=Artefact(ollama=served.name),
        context_length=served.context_length or 0,
        parameters=served.parameters,
        capabilities=tuple(can for can in Capability if can.value in served.capabilities),
    )
