"""The whole way with the real engine and the demonstration model: catalogue, launch, talk, stop."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from stellarchat.core.events import Status
from stellarchat.core.launch import InstanceState, LaunchOptions
from stellarchat.engines._openai_http.upstream import Upstream
from stellarchat.engines.registry import Registry
from stellarchat.runtime.hardware import snapshot
from stellarchat.runtime.local import LocalLauncher
from stellarchat.runtime.supervisor import Supervisor
from stellarchat.services.catalog.catalog import Catalog
from stellarchat.services.catalog.downloads import Downloads
from stellarchat.services.catalog.hub import Hub
from stellarchat.services.catalog.sources import Sources
from stellarchat.services.instances.instances import Instances, InstanceSettings
from stellarchat.store import Store
from tests.databases import sqlite_url

pytestmark = pytest.mark.real_engine
MODEL = "stellar-demo"


@pytest.fixture
async def instances(tmp_path: Path) -> AsyncIterator[Instances]:
    catalog = Catalog.load(None, tmp_path / "models")
    if catalog.local_path(catalog.resolve(MODEL)) is None:
        pytest.skip("THE DEMONSTRATION MODEL IS MISSING: build it with tools/demo_model")
    store = Store(sqlite_url(tmp_path))
    await store.open()
    supervisor = Supervisor(LocalLauncher(tmp_path))
    downloads = Downloads(catalog, store, Sources(Hub()))
    made = Instances(
        catalog, Registry(), supervisor, store, downloads, snapshot, InstanceSettings(threads=1, slots=2)
    )
    yield made
    await made.close()
    await supervisor.close()
    await store.close()


async def ask(upstream: Upstream, **body: Any) -> bytes:
    async with await upstream.request(
        "POST", "/v1/chat/completions", json.dumps({"temperature": 0, **body}).encode()
    ) as answer:
        data = await answer.read(1 << 20)
        assert answer.status == 200, data
        return data


def said(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


async def test_the_demonstration_model_talks(instances: Instances) -> None:
    heard: list[Status] = []
    target = await instances.ensure_ready(MODEL, heard.append)
    assert heard
    assert (target.model, target.slots) == (MODEL, 2)
    upstream = Upstream(target.address.base_url, target.address.api_key)
    try:
        stream = await ask(upstream, messages=said("Hello!"), stream=True, max_tokens=20)
        lines = [line for line in stream.decode().split("\n\n") if line]
        assert lines[-1] == "data: [DONE]"
        assert all(line.startswith("data: ") for line in lines)
        chunks = [json.loads(line[6:]) for line in lines[:-1]]
        assert "".join(
            chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks if chunk["choices"]
        )

        schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
        shaped = await ask(
            upstream,
            messages=said("Name a city."),
            max_tokens=200,
            response_format={"type": "json_schema", "json_schema": {"name": "city", "schema": schema}},
        )
        assert json.loads(json.loads(shaped)["choices"][0]["message"]["content"])["city"] is not None

        both = asyncio.gather(
            *(ask(upstream, messages=said(text), max_tokens=16) for text in ("Hello!", "What is 2+2?"))
        )
        assert len(await both) == 2
    finally:
        upstream.close()


async def test_stop_leaves_no_process(instances: Instances) -> None:
    target = await instances.ensure_ready(MODEL, lambda status: None)
    (instance,) = instances.running()
    assert instance.state is InstanceState.READY
    assert instance.pid is not None
    report = await instances.stop(target.instance)
    assert report.survivors == ()
    assert report.memory_freed_bytes > 0
    assert not psutil.pid_exists(instance.pid)


async def test_it_fits_where_it_runs(instances: Instances) -> None:
    judged = await instances.fits(MODEL)
    assert judged.fits
    target = await instances.ensure_ready(MODEL, lambda status: None)
    assert (await instances.fits(MODEL)).needed_bytes == judged.needed_bytes
    assert target.run_id is not None


async def test_the_estimate_is_near_the_peak_and_the_next_one_is_the_peak(instances: Instances) -> None:
    """What is reckoned before the first launch, against the most that the process had while it served."""
    options = LaunchOptions(context_length=2048, slots=4, threads=1)
    estimate = (await instances.fits(MODEL, options)).needed_bytes
    run_id = (await instances.start(MODEL, options)).run_id
    target = await instances.ensure_ready(MODEL, lambda status: None)
    upstream = Upstream(target.address.base_url, target.address.api_key)
    with instances.hold(target.instance):
        bodies = ({"messages": said(f"Count. {number}"), "max_tokens": 200} for number in range(4))
        await asyncio.gather(*(ask(upstream, **body) for body in bodies))
    upstream.close()
    pid = instances.instance(run_id).pid
    assert pid is not None
    peak = psutil.Process(pid).memory_info().rss
    await instances.stop(run_id)
    learnt = (await instances.fits(MODEL, options)).needed_bytes
    assert 0.5 < estimate / peak < 2.5
    assert abs(learnt - peak) < peak * 0.05
