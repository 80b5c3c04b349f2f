"""Code blocks of an export stay what they are."""

import pytest

from stellarchat.core.messages import ImagePart, Role, TextPart, ToolUsePart
from stellarchat.core.tools import CallState, Output, OutputKind
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


def test_results_of_tools_are_folded_up_and_stay_in_their_blocks() -> None:
    outputs = (
        Output(OutputKind.TEXT, "</details><script>x</script>\n```\n# no heading"),
        Output(OutputKind.JSON, '{"a": 1}'),
        Output(OutputKind.IMAGE, "data:image/png;base64,AAAA"),
        Output(OutputKind.LINK, "https://example.com/"),
    )
    done = ToolUsePart(
        "1", "m__f", "{}", CallState.DONE, server="<b>Maps</b>", tool="f", title="Find", outputs=outputs
    )
    parts = [
        done,
        ToolUsePart("2", "g", "{}", CallState.DENIED, note="not now"),
        ToolUsePart("3", "h", "{}", CallState.DONE),
        ToolUsePart("4", "i", "{}", CallState.WAITING),
    ]
    written = section(said("c", "", role=Role.ASSISTANT, parts=parts), "en")
    assert (
        "\n<details>\n\n<summary>Result · Find · &lt;b&gt;Maps&lt;/b&gt;</summary>\n\n"
        "````\n</details><script>x</script>\n```\n# no heading\n````\n\n"
        '```json\n{"a": 1}\n```\n\n*[image]*\n\n```\nhttps://example.com/\n```\n\n</details>\n'
    ) in written
    assert "AAAA" not in written
    assert "<summary>Not allowed</summary>\n\n```\nnot now\n```\n" in written
    assert "*It returned nothing.*" in written
    # of a call that nobody answered there is nothing to tell
    assert written.endswith("`i`\n\n```json\n{}\n```\n")
    chinese = section(said("c", "", role=Role.ASSISTANT, parts=[done]), "zh-CN")
    assert "<summary>结果 · Find · " in chinese


def test_empty_parts_leave_nothing() -> None:
    parts = [TextPart(" \n"), ImagePart("https://example.com/a.png")]
    written = section(said("c", "", parts=parts), "en")
    assert written == "\n## You · 2026-01-02 03:04 UTC\n\n![image](https://example.com/a.png)\n"
