"""Remote servers: named models at once, the others as soon as they answer."""

import pytest

from stellarchat.services.answers.gateway import Gateway
from stellarchat.services.endpoints.endpoints import Endpoints, Remote, targets
from tests.fake_engine import running_fake
from tests.waiting import eventually


class NoModels:
    """No model runs here."""

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"{name} is not to be asked")


def gateway() -> Gateway:
    """A gateway without local models."""
    return Gateway(NoModels())  # type: ignore[arg-type]


def test_named_models_need_no_answer() -> None:
    known = gateway()
    Endpoints(known, [Remote(name="far", base_url="http://far/v1/", models=("a", "b"))])
    assert set(known.endpoints) == {"a", "b"}
    target = known.endpoints["a"]
    assert (target.instance, target.address.base_url, target.prefix) == ("far", "http://far/v1", "")


def test_the_first_endpoint_with_a_name_keeps_it() -> None:
    known = gateway()
    first, second = (
        Remote(name=name, base_url=f"http://{name}/v1", models=("a",)) for name in ("one", "two")
    )
    Endpoints(known, [first, second])
    assert known.endpoints["a"] == targets(first, ["a"])[0]


async def test_an_endpoint_is_asked_for_its_models() -> None:
    known = gateway()
    async with running_fake(model="found") as fake:
        endpoints = Endpoints(known, [Remote(name="near", base_url=f"{fake.base_url}/v1", api_key=fake.key)])
        endpoints.open()
        await eventually(lambda: "found" in known.endpoints)
        await endpoints.close()


async def test_a_silent_endpoint_is_asked_again_and_does_not_hold_up_the_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    known = gateway()
    endpoints = Endpoints(known, [Remote(name="gone", base_url="http://127.0.0.1:9/v1", api_key="sk-canary")])
    endpoints.open()
    await eventually(lambda: "gone" in caplog.text)
    await endpoints.close()
    assert known.endpoints == {}
    assert "sk-canary" not in caplog.text
