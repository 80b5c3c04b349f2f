"""Faults of engines that run as several replicas: what is left serving, and that nothing is left over."""

import signal
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from stellarchat.core.launch import InstanceState, LaunchOptions
from tests.server import serving
from tests.services.conftest import make, store  # noqa: F401 (fixtures)
from tests.services.house import House
from tests.waiting import eventually


@pytest.mark.real_engine
def test_a_killed_server_leaves_none_of_its_replicas(tmp_path: Path) -> None:
    """Fault: SIGKILL. No engine outlives its server, the second replica neither."""
    with serving(tmp_path) as server:
        with server.client() as client:
            body = {"model_id": "stellar-demo", "slots": 1, "threads": 1, "replicas": 2}
            assert client.post("/api/v1/models/start", json=body).status_code == 200
            found: list[int] = []
            while len(found) < 2:
                (instance,) = client.get("/api/v1/models/running").json()["data"]
                found = [one["pid"] for one in instance["replicas"] if one["pid"] is not None]
        family = server.engines()
        assert set(found) <= {process.pid for process in family}
        server.signal(signal.SIGKILL)
        server.ended()
        assert psutil.wait_procs(family, timeout=15)[1] == []


async def test_out_of_memory_ends_one_replica_with_its_reason(make: Callable[..., House]) -> None:  # noqa: F811
    """Fault: engine out of memory. It fails with its last words, the other one serves, no process is left."""
    house = make()
    run_id = (await house.instances.start("one", LaunchOptions())).run_id
    await eventually(lambda: len(house.instances.targets(run_id)) == 1)
    house.engine.args["one"] = ["--oom"]
    await house.instances.update(run_id, replicas=2)
    await eventually(lambda: house.instances.instance(run_id).replicas[1].state is InstanceState.FAILED)
    sound, failed = house.instances.instance(run_id).replicas
    assert (sound.state, failed.pid) == (InstanceState.READY, None)
    assert failed.error is not None
    assert failed.error.remedy
    assert "memory" in failed.error.message
    assert (await house.instances.stop(run_id)).survivors == ()
