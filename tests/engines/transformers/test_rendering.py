"""Chat templates that are no good, in the process of their own."""

import asyncio
import signal
from collections.abc import AsyncIterator

import pytest

from stellarchat.engines.transformers import rendering
from stellarchat.engines.transformers.bodies import BadBody
from stellarchat.engines.transformers.rendering import Renderer
from tests.engines.transformers.working import needs_libraries

pytestmark = [pytest.mark.real_engine, needs_libraries]
GIVEN = {"messages": [{"role": "user", "content": "hello"}], "bos_token": "<s>"}
SOUND = "{{ bos_token }}{% for one in messages %}{{ one.content }}{% endfor %}"
LOOPS = "{% for a in range(99999) %}" * 4 + "{% endfor %}" * 4


@pytest.fixture
async def renderer() -> AsyncIterator[Renderer]:
    made = Renderer()
    yield made
    await made.close()


async def test_a_template_is_filled(renderer: Renderer) -> None:
    assert await renderer.render(SOUND, GIVEN) == "<s>hello"


@pytest.mark.parametrize(
    ("template", "words"),
    [
        (LOOPS, "come to an end"),
        ("{{ 9 ** (9 ** (9 ** 9)) }}", "come to an end"),  # while it is compiled, and in one instruction
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "recursion"),
        ("{{ 'a' * 100000000000 }}", ""),
        ("{{ messages[0].content * 200000000 }}", ""),
        ("{{ range(10**9) | list }}", "range"),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "unsafe"),
        ("{{ cycler.__init__.__globals__.os.popen('id').read() }}", "unsafe"),
        ("{% include '/etc/passwd' %}", ""),
        ("{{ raise_exception('no such role') }}", "no such role"),
        ("{% if", "refuses"),
    ],
)
async def test_a_hostile_one_is_refused_and_the_next_one_filled(
    renderer: Renderer, template: str, words: str
) -> None:
    """Model templates: llama-cpp-python 2024-34359, SGLang 2026-5760, vLLM 2025-61620."""
    with pytest.raises(BadBody) as caught:
        await renderer.render(template, GIVEN)
    assert words in caught.value.message
    assert "root:" not in caught.value.message
    assert "uid=" not in caught.value.message
    assert await renderer.render(SOUND, GIVEN) == "<s>hello"


async def test_one_that_sleeps_is_ended_by_the_clock(
    renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await renderer.render(SOUND, GIVEN)
    monkeypatch.setattr(rendering, "PATIENCE", 0.1)
    assert renderer._child is not None
    renderer._child.send_signal(signal.SIGSTOP)
    with pytest.raises(BadBody, match="come to an end"):
        await renderer.render(SOUND, GIVEN)


async def test_who_hangs_up_meanwhile_leaves_nothing_behind(renderer: Renderer) -> None:
    asked = asyncio.ensure_future(renderer.render(SOUND, {**GIVEN, "bos_token": "first"}))
    await asyncio.sleep(0)
    asked.cancel()
    assert await renderer.render(SOUND, GIVEN) == "<s>hello"
