"""Metrics of engines pass through with the instance's name on them."""

from collections.abc import Iterator

import pytest

from stellarchat.core.launch import Address
from stellarchat.engines._openai_http.dialect import LLAMACPP, OPENAI
from stellarchat.services.instances.targets import Target
from stellarchat.services.watching.engine_metrics import EngineMetrics, relabelled
from tests.elsewhere import Elsewhere, answer

SAID = """\
# HELP llamacpp:requests_deferred Number of requests deferred.
# TYPE llamacpp:requests_deferred gauge
llamacpp:requests_deferred 3
# HELP vllm:request_success_total Count.
# TYPE vllm:request_success_total counter
vllm:request_success_total{finished_reason="stop",model="theirs"} 7.0
"""


@pytest.fixture
def engine() -> Iterator[Elsewhere]:
    with Elsewhere() as running:
        yield running


def target(name: str, base_url: str = "http://127.0.0.1:9", **changes: object) -> Target:
    fields: dict[str, object] = {"dialect": LLAMACPP, "address": Address(base_url, "key"), **changes}
    return Target(model="m", upstream_model="m", engine="llamacpp", instance=name, **fields)  # type: ignore[arg-type]


def test_series_of_several_instances_become_one_family() -> None:
    text = relabelled([(target("a"), SAID), (target("b"), SAID)]).decode()
    assert text.count("# TYPE llamacpp:requests_deferred gauge") == 1
    for name in ("a", "b"):
        assert f'llamacpp:requests_deferred{{instance="{name}",model="m"}} 3.0' in text
    assert 'engine_model="theirs"' in text
    assert 'finished_reason="stop"' in text
    assert "vllm:request_success_total" in text


def test_what_is_no_metric_is_left_out() -> None:
    text = relabelled([(target("a"), "<html>no metrics"), (target("b"), SAID)]).decode()
    assert 'instance="b"' in text
    assert "html" not in text


async def test_engines_are_asked_with_their_key_and_not_too_often(engine: Elsewhere) -> None:
    engine.answers["/metrics"] = answer(SAID.encode())
    metrics = EngineMetrics(lambda: [target("a", engine.url("")), target("remote", dialect=OPENAI)])
    first, second = await metrics.render(), await metrics.render()
    assert b'instance="a"' in first
    assert first == second
    (asked,) = engine.asked
    assert b"Bearer key" in asked


async def test_an_engine_that_does_not_answer_is_left_out() -> None:
    metrics = EngineMetrics(lambda: [target("gone")])
    assert await metrics.render() == b""
