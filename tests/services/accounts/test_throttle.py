import pytest

from stellarchat.core.errors import TooManyRequests
from stellarchat.services.accounts.throttle import Throttle, network


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_so_many_tries_at_once_and_then_one_at_a_time() -> None:
    clock = Clock()
    throttle = Throttle(3, 10.0, clock=clock)
    for _ in range(3):
        throttle.take("ada")
    with pytest.raises(TooManyRequests) as caught:
        throttle.take("ada")
    assert caught.value.retry_after == pytest.approx(10)
    throttle.take("bob")  # somebody else
    clock.now = 10.1
    throttle.take("ada")
    with pytest.raises(TooManyRequests):
        throttle.take("ada")
    throttle.give_back("ada")
    throttle.take("ada")
    throttle.forget("ada")
    throttle.take("ada")


@pytest.mark.parametrize(
    ("address", "part"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_an_address_is_what_one_sender_has(address: str, part: str) -> None:
    assert network(address) == part
