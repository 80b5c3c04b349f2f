"""How tokens are drawn: each sequence of a batch by its own rules."""

from types import SimpleNamespace
from typing import Any

import pytest

from stellarchat.engines.transformers.bodies import Sampling
from tests.engines.transformers.working import Late, needs_libraries

pytestmark = [pytest.mark.timeout(600), needs_libraries]
torch: Any = Late("torch")
drawing: Any = Late("stellarchat.engines.transformers.sampling")


def rows(*samplings: Sampling) -> list[Any]:
    return [drawing.Row(sampling) for sampling in samplings]


def drawn(scores: list[float], sampling: Sampling, times: int = 400) -> set[int]:
    """Return every token that is ever drawn."""
    batch = [drawing.Row(sampling) for _ in range(times)]
    return set(drawing.draw(torch.tensor([scores] * times), batch))


def through(sampler: Any, scores: Any, names: list[str]) -> list[int]:
    """Pass scores as the manager does; return the tokens that it would take."""
    requests = [SimpleNamespace(state=SimpleNamespace(request_id=name), has_new_token=True) for name in names]
    sampler.prepare_tensor_args(requests, torch.empty(0))
    chosen: list[int] = sampler(None, scores, None).argmax(-1).tolist()
    return chosen


def test_the_limits_of_chance() -> None:
    scores = torch.tensor([0.5, 0.3, 0.15, 0.05]).log().tolist()
    assert drawn(scores, Sampling(temperature=0)) == {0}
    assert drawn(scores, Sampling()) == {0, 1, 2, 3}
    assert drawn(scores, Sampling(top_k=2)) == {0, 1}
    assert drawn(scores, Sampling(top_p=0.6)) == {0, 1}  # the one that reaches the sum is kept
    assert drawn(scores, Sampling(top_p=0.0)) == {0}
    assert drawn(scores, Sampling(min_p=0.4)) == {0, 1}
    assert drawn(scores, Sampling(temperature=0.01)) == {0}
    assert drawn(scores, Sampling(top_k=3, top_p=0.99, min_p=0.05)) == {0, 1, 2}


def test_chances_are_as_the_scores_say() -> None:
    scores = torch.tensor([0.7, 0.2, 0.1]).log()
    for sampling in (Sampling(), Sampling(top_k=3), Sampling(top_p=0.999)):
        batch = [
            drawing.Row(Sampling(**{**{f: getattr(sampling, f) for f in ("top_k", "top_p")}, "seed": at}))
            for at in range(4000)
        ]
        tokens = drawing.draw(scores.repeat(4000, 1), batch)
        share = tokens.count(0) / 4000
        assert 0.66 < share < 0.74


def test_a_seed_means_the_same_in_any_company() -> None:
    scores = torch.randn(1, 50, generator=torch.Generator().manual_seed(1))
    mine = Sampling(seed=11, top_k=9)
    alone = drawing.draw(scores.clone(), rows(mine))
    others = rows(Sampling(), Sampling(temperature=0), mine, Sampling(top_p=0.5, seed=3))
    assert drawing.draw(scores.repeat(4, 1), others)[2] == alone[0]


def test_penalties_by_the_numbers() -> None:
    sampler = drawing.Sampler()
    sampler.rows["a"] = drawing.Row(Sampling(temperature=0, presence=1.0, frequency=0.5, alternatives=0))
    scores = torch.tensor([[2.0, 1.9, 0.0]])
    assert through(sampler, scores.clone(), ["a"]) == [0]
    assert through(sampler, scores.clone(), ["a"]) == [1]  # 2.0 - 1.5 is below 1.9
    assert through(sampler, scores.clone(), ["a"]) == [0]  # 0.5 against 0.4
    sampler.rows["b"] = drawing.Row(Sampling(temperature=0, repetition=4.0), prompt=[0])
    assert through(sampler, torch.tensor([[2.0, 0.6, -1.0]]), ["b"]) == [1]
    sampler.rows["c"] = drawing.Row(Sampling(temperature=0, repetition=4.0), prompt=[0, 1])
    assert through(sampler, torch.tensor([[-1.0, -2.0, -3.0]]), ["c"]) == [2]
    sampler.rows["d"] = drawing.Row(Sampling(temperature=0, bias={0: -100.0, 99: 5.0}))
    assert through(sampler, scores.clone(), ["d"]) == [1]


def test_the_model_is_asked_for_probabilities_before_anything_is_changed() -> None:
    sampler = drawing.Sampler()
    row = sampler.rows["a"] = drawing.Row(Sampling(temperature=0, bias={0: -100.0}, alternatives=2))
    through(sampler, torch.tensor([[0.5, 0.3, 0.2]]).log(), ["a"])
    (told,) = row.told
    assert told.token == 1
    assert told.logprob == pytest.approx(-1.204, abs=0.001)
    assert [token for token, _ in told.top] == [0, 1]


def test_plain_rows_are_left_to_the_manager() -> None:
    sampler = drawing.Sampler()
    scores = torch.tensor([[1.0, 2.0]])
    assert through(sampler, scores, ["unknown"]) == [1]
    assert torch.equal(scores, torch.tensor([[1.0, 2.0]]))


class OnlyTwo:
    """A grammar that wants token 2, always."""

    failed = None

    def __init__(self) -> None:
        self.taken: list[int] = []

    def allowed(self, width: int) -> Any:
        import numpy as np

        return np.arange(width) == 2

    def take(self, token: int) -> None:
        self.taken.append(token)


def test_a_grammar_begins_after_the_thought() -> None:
    sampler, grammar = drawing.Sampler(), OnlyTwo()
    sampler.rows["a"] = drawing.Row(Sampling(temperature=0), matcher=grammar, after=1)
    thinking, ending = torch.tensor([[3.0, 0.0, 0.0]]), torch.tensor([[0.0, 3.0, 0.0]])
    assert through(sampler, thinking.clone(), ["a"]) == [0]
    assert through(sampler, ending.clone(), ["a"]) == [1]
    assert through(sampler, thinking.clone(), ["a"]) == [2]
    assert grammar.taken == [2]
