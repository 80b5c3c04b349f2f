"""Prometheus series: what is counted, and that clients cannot make endless ones."""

from stellarchat.services.answers.meter import Measured, Meter
from stellarchat.services.watching.metrics import NAMES, OTHER, Metrics


def lines(metrics: Metrics, name: str) -> list[str]:
    """Return the samples of a series."""
    return [line for line in metrics.render().decode().splitlines() if line.startswith(name)]


def answer(meter: Meter, model: str = "m", **changes: float | None) -> None:
    """Report one answer."""
    values = {"time_to_first_token": 0.3, "generation_seconds": 0.9, **changes}
    measured = Measured(
        model=model,
        lane="chat",
        outcome="stop",
        seconds=1.2,
        time_to_first_token=values["time_to_first_token"],
        generation_seconds=values["generation_seconds"],
        prompt_tokens=7,
        completion_tokens=10,
    )
    meter.answered(measured)


def test_requests_are_counted_by_route_and_status() -> None:
    metrics = Metrics()
    for status in (200, 200, 404):
        metrics.request("GET", "/api/chats/{chat_id}", status, 0.004)
    found = lines(metrics, "stellarchat_http_requests_total")
    route = 'method="GET",route="/api/chats/{chat_id}"'
    assert f'stellarchat_http_requests_total{{{route},status="200"}} 2.0' in found
    assert f'stellarchat_http_requests_total{{{route},status="404"}} 1.0' in found
    assert 'stellarchat_http_request_seconds_count{route="/api/chats/{chat_id}"} 3.0' in lines(
        metrics, "stellarchat_http_request_seconds_count"
    )


def test_made_up_methods_make_one_series() -> None:
    metrics = Metrics()
    for number in range(50):
        metrics.request(f"X{number}", "unmatched", 405, 0.001)
    (found,) = lines(metrics, "stellarchat_http_requests_total")
    assert 'method="other"' in found
    assert found.endswith(" 50.0")


def test_an_answer_is_measured() -> None:
    metrics = Metrics()
    answer(metrics)
    labels = 'lane="chat",model="m"'
    assert f'stellarchat_answers_total{{{labels},outcome="stop"}} 1.0' in lines(
        metrics, "stellarchat_answers"
    )
    assert f"stellarchat_time_to_first_token_seconds_sum{{{labels}}} 0.3" in lines(
        metrics, "stellarchat_time_to_first_token_seconds_sum"
    )
    # ten tokens have nine intervals
    assert f"stellarchat_time_per_output_token_seconds_sum{{{labels}}} 0.1" in lines(
        metrics, "stellarchat_time_per_output_token_seconds_sum"
    )
    tokens = lines(metrics, "stellarchat_tokens_total")
    assert 'stellarchat_tokens_total{kind="prompt",model="m"} 7.0' in tokens
    assert 'stellarchat_tokens_total{kind="completion",model="m"} 10.0' in tokens


def test_an_answer_without_a_token_has_no_times() -> None:
    metrics = Metrics()
    answer(metrics, time_to_first_token=None, generation_seconds=None)
    assert lines(metrics, "stellarchat_time_to_first_token_seconds_count") == []
    assert lines(metrics, "stellarchat_time_per_output_token_seconds_count") == []


def test_made_up_models_make_one_series() -> None:
    metrics = Metrics()
    for number in range(NAMES + 50):
        answer(metrics, f"model-{number}")
    found = lines(metrics, "stellarchat_answers_total")
    assert len(found) == NAMES + 1
    assert any(f'model="{OTHER}"' in line and line.endswith(" 50.0") for line in found)


def test_the_present_is_read_when_somebody_asks() -> None:
    metrics = Metrics()
    live = 0
    metrics.watch(lambda: [], lambda: live, lambda: live + 1)
    live = 3
    assert "stellarchat_live_generations 3.0" in lines(metrics, "stellarchat_live_generations")
    assert "stellarchat_live_sockets 4.0" in lines(metrics, "stellarchat_live_sockets")
