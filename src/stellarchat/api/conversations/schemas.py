"""What the simple conversations take and show."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, StringConstraints

from stellarchat.api.bodies import check_sampling
from stellarchat.api.limits import Limits
from stellarchat.api.schemas import Shown
from stellarchat.api.turns import CONTENT_CHARS, STORABLE, Body, Id, ModelName
from stellarchat.core.messages import Role
from stellarchat.services.choices import Choice

MASK = "********"
"""What stands for a key that is stored; sent back it changes nothing."""

UserId = Annotated[
    str,
    Field(max_length=128, description="with accounts the caller's own, or left out; without them anything"),
    STORABLE,
]
Trimmed = Annotated[str, StringConstraints(strip_whitespace=True)]
Tokens = Annotated[int, Field(ge=1)]


class NewConversation(Body):
    """Nothing is needed."""

    user_id: UserId | None = None


class Made(Shown):
    """A conversation that was made, or is gone."""

    session_id: str
    message: str


class Conversation(Shown):
    """A conversation; `message_count` counts all branches."""

    session_id: str
    title: str
    created_at: datetime
    updated_at: datetime
    message_count: int


class ConversationList(Shown):
    """All conversations, newest first."""

    conversations: list[Conversation]


class SaidMessage(Shown):
    """One message."""

    role: Role
    content: str


class History(Shown):
    """What was said, oldest first."""

    session_id: str
    messages: list[SaidMessage]


class ChatRequest(Body):
    """A message to be answered; without a `session_id` it begins a conversation."""

    user_id: UserId | None = None
    session_id: Id | None = None
    message: Annotated[str, Field(min_length=1, max_length=CONTENT_CHARS), STORABLE]
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    max_tokens: Tokens | None = Field(None, description="left out: as the configuration says")
    stream: bool = False

    def params(self, limits: Limits) -> dict[str, Any]:
        """Return the parameters that were given. Raises PayloadTooLarge."""
        given = {"temperature": self.temperature, "max_tokens": self.max_tokens}
        check_sampling(given, limits)
        return given


class ChatReply(Shown):
    """A whole answer."""

    session_id: str
    user_message: str
    assistant_reply: str


class Preset(Shown):
    """A model of an endpoint of the configuration; `available` where it can be asked now."""

    name: str
    model: str
    available: bool


class Configuration(Shown):
    """Which model answers the caller. `llm_api_url` and the key are empty for a model that is here."""

    llm_api_url: str
    llm_model: str | None
    llm_api_key: Literal["", "********"] = Field(description="never the key itself")
    preset_models: dict[str, Preset] = Field(description="by the model_type that chooses it")
    current_model_type: str = Field(description="`default`, `custom`, or a model's id")
    max_tokens: int | None = Field(description="of an answer; null: as the model has it")

    @classmethod
    def of(cls, choice: Choice, *, addresses: bool) -> "Configuration":
        """Return a choice as it is shown; with `addresses` those of presets too."""
        custom = choice.model_type == "custom"
        return cls(
            llm_api_url=choice.base_url if custom or addresses else "",
            llm_model=choice.model,
            llm_api_key=MASK if choice.has_key else "",
            preset_models={key: Preset.model_validate(one) for key, one in choice.presets.items()},
            current_model_type=choice.model_type,
            max_tokens=choice.max_tokens,
        )


class ChangeConfiguration(Body):
    """Fields left out or empty stay as they are; with an address, an empty key forgets the one stored."""

    user_id: UserId | None = None
    model_type: ModelName | None = Field(
        None, description="`default`, `custom`, one of preset_models or any chat model's id"
    )
    max_tokens: Tokens | None = Field(None, description="null: as the model has it")
    custom_api_url: Annotated[Trimmed, Field(max_length=2048)] | None = None
    custom_model: Annotated[Trimmed, Field(max_length=200), STORABLE] | None = None
    custom_api_key: Annotated[SecretStr, Field(max_length=4096)] | None = None

    def key(self) -> str | None:
        """Return the key as it is, None where the one that is stored is meant."""
        given = None if self.custom_api_key is None else self.custom_api_key.get_secret_value()
        return None if given == MASK else given
