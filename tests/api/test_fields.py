"""What is said of a body that is not as it should be."""

import re
from datetime import datetime
from typing import Literal, get_args

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import core_schema

from stellarchat.api.fields import SENTENCES, explain
from stellarchat.api.turns import Id


class Place(BaseModel):
    """A body with a field that is called as a part of a request is."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(min_length=1)
    query: list[int] = []


@pytest.mark.parametrize(
    ("body", "param"), [({"path": ""}, "path"), ({"path": "x", "query": ["y"]}, "query[0]"), ({}, "path")]
)
def test_the_field_is_named_whatever_it_is_called(body: dict[str, object], param: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Place.model_validate(body)
    # as FastAPI has it: where in the request comes first
    problems = [{**one, "loc": ("body", *one["loc"])} for one in caught.value.errors()]
    error = explain(problems)
    assert error.param == param
    assert f"`{param}`" in error.message


class Everything(BaseModel):
    """A body with a field for each kind of problem that a person's input can have."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field("x", min_length=1, max_length=3)
    long: str = Field("xxxx", min_length=4)
    formed: str = Field("x", pattern="^x$")
    items: list[int] = Field([1, 2], min_length=2, max_length=3)
    some: list[int] = Field([1], min_length=1)
    whole: int = Field(1, ge=1, le=9)
    number: float = Field(0.5, gt=0, lt=1)
    flag: bool = True
    choice: Literal["ask", "never", "always"] = "ask"
    inner: dict[str, int] = {}
    when: datetime | None = None
    stored: Id = "x"


@pytest.mark.parametrize(
    ("body", "sentence", "values"),
    [
        ({"text": ""}, "field_empty", {"field": "text"}),
        ({"text": "xxxx"}, "field_long", {"field": "text", "limit": 3}),
        ({"text": 1}, "field_text", {"field": "text"}),
        ({"long": "x"}, "field_short", {"field": "long", "limit": 4}),
        ({"formed": "y"}, "field_form", {"field": "formed"}),
        ({"items": [1]}, "field_few", {"field": "items", "limit": 2}),
        ({"items": [1, 2, 3, 4]}, "field_many", {"field": "items", "limit": 3}),
        ({"items": [1, "x"]}, "field_integer", {"field": "items[1]"}),
        ({"items": 1}, "field_list", {"field": "items"}),
        ({"some": []}, "field_empty", {"field": "some"}),
        ({"whole": 0}, "field_least", {"field": "whole", "limit": 1}),
        ({"whole": 10}, "field_most", {"field": "whole", "limit": 9}),
        ({"whole": 1.5}, "field_integer", {"field": "whole"}),
        ({"number": 0}, "field_above", {"field": "number", "limit": 0.0}),
        ({"number": 1}, "field_below", {"field": "number", "limit": 1.0}),
        ({"number": "x"}, "field_number", {"field": "number"}),
        ({"flag": "x"}, "field_flag", {"field": "flag"}),
        ({"choice": "x"}, "field_choice", {"field": "choice", "names": "ask, never, always"}),
        ({"inner": 1}, "field_object", {"field": "inner"}),
        ({"when": "x"}, "field_date", {"field": "when"}),
        ({"stored": "\0"}, "text_zero", {"field": "stored"}),
        ({"other": 1}, "field_unknown", {"field": "other"}),
    ],
)
def test_what_is_wrong_with_a_field_has_a_sentence(
    body: dict[str, object], sentence: str, values: dict[str, object]
) -> None:
    with pytest.raises(ValidationError) as caught:
        Everything.model_validate(body)
    error = explain(caught.value.errors())
    assert (error.sentence, error.values) == (sentence, values)


# kinds of problems that no schema of ours asks about
FOREIGN = re.compile(
    r"unexpected_|argument|multiple_argument|missing_(keyword|positional|argument|sentinel)"
    r"|dataclass_|frozen_|default_factory|callable|is_(instance|subclass)_of|no_such_attribute"
    r"|get_attribute_error|recursion_|iteration_error|decimal_|complex_|uuid_|url_|time_|fraction_"
    r"|multiple_of|date_(past|future)|datetime_(past|future)|timezone_offset|bytes_invalid_encoding"
    r"|string_not_ascii|set_item_not_hashable|value_error|assertion_error|json_invalid|needs_python_object"
    r"|(named_tuple|ordered_dict|counter|deque)_|ellipsis_error"
)


def test_every_kind_of_problem_has_a_sentence_or_cannot_come() -> None:
    kinds = get_args(core_schema.ErrorType)
    assert [kind for kind in kinds if kind not in SENTENCES and not FOREIGN.match(kind)] == []
