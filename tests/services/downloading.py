"""A process that downloads and can be killed: `python -m tests.services.downloading FOLDER HUB [whole]`."""

import asyncio
import sys
from pathlib import Path

from stellarchat.core.models import Artefact
from stellarchat.services.catalog.catalog import Catalog
from stellarchat.services.catalog.downloads import Downloads
from stellarchat.services.catalog.hub import Hub
from stellarchat.services.catalog.sources import Sources
from stellarchat.store import Store
from tests.services.models import entry, variant


async def main(folder: Path, hub: str, whole: bool) -> None:
    """Start the download of `tiny`, a file or the whole repository, and wait for it."""
    store = Store(f"sqlite:///{folder / 'stellarchat.db'}")
    await store.open()
    wanted = variant("tiny", Artefact(hf_repo="owner/name")) if whole else variant()
    catalog = Catalog([entry(wanted)], folder / "models")
    downloads = Downloads(catalog, store, Sources(Hub(hub)), backoff=0.001)
    await downloads.open()
    download = await downloads.start(wanted)
    await downloads.wait(download.id)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], len(sys.argv) > 3))
