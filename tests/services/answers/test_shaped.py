"""Who can be asked for a reply by a schema, and what is said of one."""

import msgspec
import pytest

from stellarchat.core.errors import BadRequest
from stellarchat.core.messages import TextPart, ThinkingPart
from stellarchat.services.answers.shaped import judged, see_structured
from tests.fake_engine import running_fake
from tests.services.targets import target

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
WANTED = {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}}


async def test_an_engine_that_keeps_no_schema_says_so() -> None:
    async with running_fake() as fake:
        able = target(fake)
        unable = msgspec.structs.replace(
            able, dialect=msgspec.structs.replace(able.dialect, structured=False)
        )
        see_structured(able, WANTED)
        see_structured(unable, {"response_format": {"type": "text"}})
        see_structured(unable, {})
        with pytest.raises(BadRequest) as caught:
            see_structured(unable, WANTED)
        assert caught.value.param == "response_format"
        assert caught.value.remedy


@pytest.mark.parametrize(
    ("text", "valid", "reason"),
    [
        ('{"n": 3}', True, ""),
        ('{"n": "3"}', False, "n: "),
        ("three", False, "not JSON"),
        ("", False, "not JSON"),
    ],
)
async def test_a_reply_is_judged_by_its_text(text: str, valid: bool, reason: str) -> None:
    found = (await judged(WANTED, [ThinkingPart("hm"), TextPart(text)]))["structured"]
    assert found["valid"] is valid
    assert reason in found.get("reason", "")


async def test_each_place_that_is_wrong_is_named() -> None:
    kinds = {"n": {"type": "integer"}, "all": {"type": "array", "items": {"type": "string"}}}
    schema = {"type": "object", "properties": kinds, "required": ["name"]}
    params = {"response_format": {"type": "json_schema", "json_schema": {"schema": schema}}}
    found = (await judged(params, [TextPart('{"n": "3", "all": ["a", 2]}')]))["structured"]
    assert {tuple(one["path"]) for one in found["faults"]} == {(), ("n",), ("all", 1)}
    assert all(one["message"] for one in found["faults"])


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"response_format": None},
        {"response_format": {"type": "json_object"}},
        {"response_format": {"json_schema": 3}},
    ],
)
async def test_without_a_schema_nothing_is_said(params: dict[str, object]) -> None:
    assert await judged(params, [TextPart("x")]) == {}


async def test_a_schema_that_is_none_is_said() -> None:
    wrong = {
        "response_format": {
            "type": "json_schema",
            "json_schema": {"schema": {"type": "object", "properties": 3}},
        }
    }
    assert (await judged(wrong, [TextPart("{}")]))["structured"]["valid"] is False
