"""What is taken and shown of endpoints."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from stellarchat.api.control.schemas import Body, Name
from stellarchat.api.schemas import Shown

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2048)]
# what a header can hold (RFC 9110): a key goes into one
Key = Annotated[SecretStr, Field(max_length=4096, description="never shown again")]
Models = Annotated[list[Name], Field(max_length=1000, description="names it serves; empty: ask it")]


class _Fields(Body):
    def fields(self) -> dict[str, Any]:
        """Return what was given, the key as it is."""
        given = self.model_dump(exclude_unset=True, exclude_none=True)
        return {name: _plain(value) for name, value in given.items()}

    @model_validator(mode="after")
    def _key_fits_a_header(self) -> Self:
        key = getattr(self, "api_key", None)
        if key is not None and not all("!" <= letter <= "~" for letter in key.get_secret_value()):
            raise PydanticCustomError("key_letters", "api_key has a blank or a letter that no key has")
        return self


class AddEndpoint(_Fields):
    """A server to add."""

    name: Title = Field(description="what it is called in lists")
    base_url: Url = Field(description="its address up to and including `/v1`")
    api_key: Key | None = None
    models: Models = Field(default_factory=list)
    enabled: bool = True


class ChangeEndpoint(_Fields):
    """What to change; an empty `api_key` forgets the key."""

    name: Title | None = None
    base_url: Url | None = None
    api_key: Key | None = None
    models: Models | None = None
    enabled: bool | None = None


class TestEndpoint(_Fields):
    """What to try: an address, with a key if it wants one, or an endpoint of the list by its `id`."""

    __test__ = False  # not one of pytest's

    id: Name | None = None
    base_url: Url | None = None
    api_key: Key | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.id is None) == (self.base_url is None) or (self.id is not None and self.api_key is not None):
            raise ValueError("give `base_url`, with `api_key` if it wants one, or `id` alone")
        return self

    def key(self) -> str | None:
        """Return the key as it is."""
        return self.api_key.get_secret_value() or None if self.api_key is not None else None


class EndpointShown(Shown):
    """A remote server. `base_url` is empty where the configuration has none yet."""

    id: str
    name: str
    base_url: str
    models: list[str] = Field(description="the names given; empty: it is asked")
    enabled: bool
    has_key: bool
    source: Literal["config", "user"] = Field(description="`config`: it can only be changed there")
    served: list[str] = Field(description="models that it is asked for now")


def _plain(value: Any) -> Any:
    return value.get_secret_value() if isinstance(value, SecretStr) else value
