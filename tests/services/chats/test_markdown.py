"""Code blocks of an export stay what they are."""

import pytest

from stellarchat.core.messages import ImagePart, Role, TextPart, ToolUsePart
from stellarchat.services.chats.markdown import closed, section
from tests.store.samples import said


@pytest.mark.parametrize(
    ("text", "ending"),
    [
        ("plain", ""),
        ("```py\nx = 1\n```", ""),
        ("```py\nx = 1\n", "```"),
        ("~~~~\n```\n~~~", "~~~~"),
        ("````md\n```py\n```\n````", ""),
        ("````md\n```py\n```\n", "````"),
        ("```a`b\nx", ""),
        ("```\nx\n``` not the end\ny", "```"),
        ("   ```\nx\n  ```", ""),
        ("    ```\nindented code", ""),
        ("a ``` b", ""),
        ("```\na\n```\n\n~~~\nb", "~~~"),
    ],
)
def test_a_block_that_is_open_is_closed(text: str, ending: str) -> None:
    assert closed(text) == (f"{text}\n{ending}" if ending else text)


def test_what_was_written_stays_as_it_is() -> None:
    code = "Look:\n\n```py\ndef f():\n\n    return '''\n# no heading\n'''\n```\n\n* a\n  * b"
    assert f"\n\n{code}\n" in section(said("c", code), "en")


def test_arguments_with_fences_stay_in_their_block() -> None:
    written = section(said("c", "", role=Role.ASSISTANT, parts=[ToolUsePart("1", "f", "```x")]), "en")
    assert "\n````json\n```x\n````\n" in written


def test_empty_parts_leave_nothing() -> None:
    parts = [TextPart(" \n"), ImagePart("https://example.com/a.png")]
    written = section(said("c", "", parts=parts), "en")
    assert written == "\n## You · 2026-01-02 03:04 UTC\n\n![image](https://example.com/a.png)\n"
