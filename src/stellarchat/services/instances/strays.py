"""Models that somebody else loaded in a server that is not ours, as variants."""

from collections.abc import Collection, Iterator, Mapping

from stellarchat.core.models import Variant
from stellarchat.engines.base import Served
from stellarchat.services.catalog.catalog import Catalog
from stellarchat.services.instances.attached import Watch, same
from stellarchat.services.instances.daemons import entry_of


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
            variant = entry_of(watch.engine.name, served).variants[0]
        if variant.id not in running:
            yield served, variant


def known(served: Served, engine: str, catalog: Catalog) -> Variant | None:
    """Return the variant of the catalogue that a server's model is, if there is one."""
    for variant in catalog.variants():
        artefact = variant.artefact
        names = [name for name in (artefact.ollama, artefact.hf_repo, artefact.served, variant.id) if name]
        if engine in variant.engines and any(same(served.name, name) for name in names):
            return variant
    return None
