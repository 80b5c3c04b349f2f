"""Templates that came with the weights: tried out before they can do harm."""

from pathlib import Path

import pytest

from stellarchat.engines.llamacpp.gguf import read_header
from stellarchat.engines.llamacpp.template import problem, skeleton
from tests.engines.llamacpp import tiny

pytestmark = pytest.mark.real_engine
NESTED = "{% for i in range(30000) %}{% for j in range(30000) %}{% endfor %}{% endfor %}"
TALK = "{% for m in messages %}{{ m.content }}{% endfor %}"


def test_a_usual_template_is_fine() -> None:
    assert problem(tiny.TEMPLATE) is None
    assert problem("") is None


@pytest.mark.parametrize(
    ("template", "word"),
    [
        ("{% for i in range(1000000000) %}x{% endfor %}" + TALK, "come to an end"),
        (NESTED + TALK, "come to an end"),
        ("{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}" + TALK, "crashes"),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}" + TALK, "cannot run it"),
    ],
    ids=["endless", "nested", "recursive", "escaping"],
)  # fmt: skip
def test_a_hostile_template_is_refused(template: str, word: str) -> None:
    assert word in (problem(template) or "")


def test_the_skeleton_is_a_sound_file(tmp_path: Path) -> None:
    path = tmp_path / "skeleton.gguf"
    path.write_bytes(skeleton(TALK))
    header = read_header(path)
    assert header.architecture == "llama"
    assert header.values["tokenizer.chat_template"] == TALK
    assert header.size_bytes < 100_000
