"""Models of servers that are not ours appear in the catalogue, and go when they are gone there."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from stellarchat.core.errors import BadRequest
from stellarchat.core.models import Artefact, Capability, ModelKind
from stellarchat.engines.base import Engine
from stellarchat.engines.ollama.engine import Ollama
from stellarchat.engines.vllm.engine import Vllm
from stellarchat.services.catalog.catalog import Catalog
from stellarchat.services.instances.attached import Watches
from stellarchat.services.instances.daemons import Daemons, entry_of
from stellarchat.services.instances.launching import upstream_name
from tests.fake_ollama import FakeOllama, fake_ollama
from tests.fake_paged.environments import running
from tests.services.models import entry, variant


@pytest.fixture
def fake() -> Iterator[FakeOllama]:
    with fake_ollama() as running:
        yield running


def known(name: str) -> Catalog:
    """A catalogue whose one model has a name in Ollama's library."""
    artefact = Artefact(ollama=name)
    made = variant("qwen", artefact, engines=("ollama",), format="ollama", model_id="qwen")
    return Catalog([entry(made)], Path("/nowhere"))


async def taken_over(engines: Mapping[str, Engine], catalog: Catalog) -> Daemons:
    """Ask all servers once."""
    watches = Watches(engines)
    daemons = Daemons(watches, catalog)
    await watches.look()
    return daemons


async def test_what_no_entry_names_becomes_one(fake: FakeOllama) -> None:
    catalog = known("qwen3:0.6b")
    watches = Watches({"ollama": Ollama(fake.base_url)})
    daemons = Daemons(watches, catalog)
    await watches.look()
    assert [one.id for one in catalog.entries()] == ["qwen", "llama3.2-ollama", "all-minilm-ollama"]
    llama = catalog.resolve("llama3.2")
    assert llama.capabilities == (Capability.TOOLS,)
    assert llama.context_length == 131_072
    assert catalog.resolve("all-minilm").kind is ModelKind.EMBEDDING
    assert daemons.has(catalog.resolve("qwen"))
    assert daemons.has(llama)
    fake.pulled.remove("llama3.2:latest")
    await watches.look()
    assert "llama3.2-ollama" not in {one.id for one in catalog.entries()}
    assert not daemons.has(llama)


async def test_an_entry_of_models_json_is_never_replaced(fake: FakeOllama) -> None:
    catalog = known("gemma3")
    taken = variant("llama3.2-ollama")
    catalog.add(entry(taken))
    catalog.add(entry(variant("all-minilm")))
    await taken_over({"ollama": Ollama(fake.base_url)}, catalog)
    assert catalog.resolve("llama3.2-ollama") == taken
    assert catalog.resolve("all-minilm").engines == ("llamacpp",)
    assert catalog.resolve("all-minilm-ollama").engines == ("ollama",)  # without its short name


async def test_a_server_that_is_gone_has_nothing() -> None:
    catalog = known("qwen3:0.6b")
    with fake_ollama() as fake:
        watches = Watches({"ollama": Ollama(fake.base_url)})
        daemons = Daemons(watches, catalog)
        await watches.look()
        assert daemons.has(catalog.resolve("qwen"))
    await watches.look()
    assert not daemons.has(catalog.resolve("qwen"))
    assert catalog.resolve("llama3.2").engines == ("ollama",)  # it may come back


async def test_names_become_words_of_an_address(fake: FakeOllama) -> None:
    (served, *_) = await Ollama(fake.base_url).daemon.served()
    made = entry_of("ollama", served)
    assert made.id == "llama3.2-ollama"
    assert made.variants[0].artefact.ollama == "llama3.2:latest"


@pytest.mark.parametrize("name", ["mine", "/srv/weights/mine", "two..dots/x"])
async def test_a_name_that_is_no_repository_is_no_place_on_the_disk(name: str) -> None:
    catalog = Catalog([], Path("/nowhere"))
    async with running("vllm", "--served-model-name", name) as fake:
        daemons = await taken_over({"vllm": Vllm(base_url=fake.base_url, api_key=fake.key)}, catalog)
    [there] = catalog.variants()
    assert daemons.has(there)
    assert upstream_name(there) == name
    assert catalog.local_path(there) is None
    assert catalog.size_on_disk(there) is None
    with pytest.raises(BadRequest, match="Only the server"):
        catalog.destination(there)


async def test_a_name_that_is_a_repository_is_one() -> None:
    catalog = Catalog([], Path("/nowhere"))
    async with running("vllm", "--served-model-name", "Qwen/Qwen3-8B") as fake:
        await taken_over({"vllm": Vllm(base_url=fake.base_url, api_key=fake.key)}, catalog)
    assert [one.artefact for one in catalog.variants()] == [Artefact(hf_repo="Qwen/Qwen3-8B")]
