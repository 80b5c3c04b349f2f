"""Settings, endpoints, instances and downloads."""

import msgspec
import pytest

from stellarchat.core.downloads import Download, DownloadFile, DownloadStatus
from stellarchat.core.errors import Conflict, ErrorInfo
from stellarchat.core.ids import new_id
from stellarchat.core.instances import InstanceRecord, MeasuredMemory
from stellarchat.core.launch import LaunchOptions
from stellarchat.core.records import Endpoint
from stellarchat.store import Store
from tests.store.samples import moment


def endpoint(**fields: object) -> Endpoint:
    given = {"id": new_id(), "name": "Cloud", "base_url": "https://x/v1", "created_at": moment(0)}
    return Endpoint(**given | {"updated_at": moment(0)} | fields)  # type: ignore[arg-type]


def download(variant_id: str, **fields: object) -> Download:
    given = {"id": new_id(), "variant_id": variant_id, "repo": "a/b", "file": "m.gguf", "revision": "main"}
    given |= {"path": "HF/m.gguf", "status": DownloadStatus.QUEUED}
    return Download(**given | {"created_at": moment(0), "updated_at": moment(0)} | fields)  # type: ignore[arg-type]


async def test_settings_are_each_users_own(store: Store) -> None:
    async with store.transaction() as tx:
        assert await tx.settings.get("ann") == {}
        await tx.settings.put("ann", {"theme": "dark", "nested": {"a": [1, None]}})
        await tx.settings.put("ann", {"theme": "light"})
        await tx.settings.put("bob", {"theme": "dark"})
    async with store.read() as tx:
        assert await tx.settings.get("ann") == {"theme": "light"}
        assert await tx.settings.get("bob") == {"theme": "dark"}


async def test_endpoints_are_kept_with_their_sealed_keys(store: Store) -> None:
    shared = endpoint(models=["glm", "千问"], encrypted_key=bytes(range(256)))
    hers = endpoint(user_id="ann", created_at=moment(1), enabled=False)
    async with store.transaction() as tx:
        await tx.endpoints.save(hers)
        await tx.endpoints.save(shared)
        assert await tx.endpoints.list() == [shared]
        hers.enabled = True
        hers.encrypted_key = b""
        await tx.endpoints.save(hers)
    async with store.transaction() as tx:
        assert await tx.endpoints.of("ann") == hers
        assert await tx.endpoints.delete(hers.id)
        assert not await tx.endpoints.delete(hers.id)
        assert await tx.endpoints.of("ann") is None


async def test_instances_are_remembered_with_their_options(store: Store) -> None:
    record = InstanceRecord(
        run_id=new_id(),
        variant_id="demo-q8_0",
        options=LaunchOptions(engine="llamacpp", context_length=4096, replicas=2),
        load_seconds=1.25,
        created_at=moment(0),
        updated_at=moment(1),
    )
    changed = InstanceRecord(
        run_id=record.run_id,
        variant_id="demo-q8_0",
        options=LaunchOptions(),
        autostart=False,
        tokens_per_second=31.5,
        created_at=moment(0),
        updated_at=moment(2),
    )
    async with store.transaction() as tx:
        await tx.instances.save(record)
        assert await tx.instances.list() == [record]
        await tx.instances.save(changed)
    async with store.transaction() as tx:
        assert await tx.instances.list() == [changed]
        assert await tx.instances.delete(record.run_id)
        assert not await tx.instances.delete(record.run_id)
        assert await tx.instances.list() == []


async def test_a_user_has_an_endpoint_of_their_own(store: Store) -> None:
    shared = endpoint(name="everybody's")
    hers, second = endpoint(user_id="ann"), endpoint(user_id="ann", created_at=moment(9))
    async with store.transaction() as tx:
        for one in (second, shared, hers):
            await tx.endpoints.save(one)
    async with store.read() as tx:
        assert await tx.endpoints.of("ann") == hers
        assert await tx.endpoints.of("bob") is None
        assert await tx.endpoints.of("") is None


async def test_downloads_go_on_after_a_restart(store: Store) -> None:
    first = download("one", rate=12.5, eta_seconds=3.0)
    second = download(
        "two",
        created_at=moment(1),
        status=DownloadStatus.FAILED,
        bytes_done=2**40,
        bytes_total=2**41,
        etag='"abc"',
        sha256="0" * 64,
        files=(
            DownloadFile(file="config.json", bytes_done=2, bytes_total=2, done=True),
            DownloadFile(file="m-00001-of-00002.safetensors", bytes_done=2**40, bytes_total=2**41),
        ),
        error=ErrorInfo(code="unavailable", message="the disk is full", remedy="Make room."),
    )
    async with store.transaction() as tx:
        await tx.downloads.save(first)
        await tx.downloads.save(second)
        await tx.downloads.save(second)
    async with store.read() as tx:
        found = await tx.downloads.list()
        assert found[1] == second
    # how fast the bytes came is not kept
    assert [one.id for one in found] == [first.id, second.id]
    assert (found[0].rate, found[0].eta_seconds) == (None, None)
    async with store.transaction() as tx:
        assert await tx.downloads.delete(first.id)
        assert not await tx.downloads.delete(first.id)
        assert await tx.downloads.list() == [second]


async def test_models_of_ones_own_are_kept(store: Store) -> None:
    entry = {"id": "mine", "name": "千问", "sizes": [{"size": "", "files": []}]}
    async with store.transaction() as tx:
        await tx.models.put("mine", entry)
        await tx.models.put("other", {"id": "other"})
    with pytest.raises(Conflict):
        async with store.transaction() as tx:
            await tx.models.put("mine", {})
    async with store.transaction() as tx:
        assert await tx.models.list() == [entry, {"id": "other"}]
        assert await tx.models.delete("mine")
        assert not await tx.models.delete("mine")
    async with store.read() as tx:
        assert await tx.models.list() == [{"id": "other"}]


async def test_a_variant_is_downloaded_once(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.downloads.save(download("one"))
    with pytest.raises(Conflict):
        async with store.transaction() as tx:
            await tx.downloads.save(download("one"))


async def test_measured_memory_is_kept_by_what_it_was_measured_of(store: Store) -> None:
    first = MeasuredMemory(
        engine="llamacpp",
        variant_id="one",
        tokens=8192,
        n_gpu=0,
        memory_bytes=5 << 40,
        measured_at=moment(0),
    )
    longer = msgspec.structs.replace(first, tokens=16384, memory_bytes=6 << 40)
    on_gpu = msgspec.structs.replace(first, n_gpu=1, memory_bytes=1, gpu_memory_bytes=7 << 40)
    async with store.transaction() as tx:
        for record in (first, longer, on_gpu):
            await tx.measurements.save(record)
        await tx.measurements.save(msgspec.structs.replace(first, memory_bytes=4 << 40))
    async with store.read() as tx:
        found = {(one.tokens, one.n_gpu): one for one in await tx.measurements.list()}
    assert found[8192, 0].memory_bytes == 4 << 40
    assert (found[16384, 0], found[8192, 1]) == (longer, on_gpu)
