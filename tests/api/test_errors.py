"""What is said of a body that is not as it should be."""

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stellarchat.api.errors import explain


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
