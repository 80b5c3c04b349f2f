"""The waits before a restart."""

from stellarchat.runtime.policy import Policy


def test_delays_double_up_to_a_limit() -> None:
    policy = Policy(first_delay=0.5, longest_delay=3.0)
    assert [policy.delay(deaths) for deaths in range(1, 6)] == [0.5, 1.0, 2.0, 3.0, 3.0]
