"""The frames a client sends over the socket, and how they are read."""

from typing import Annotated, Final, Literal

import msgspec
from pydantic import Field, ValidationError

from stellarchat.api.fields import explain
from stellarchat.api.limits import Limits
from stellarchat.api.turns import STORABLE, Body, Id, Reason, ReplyRequest, SmallObject
from stellarchat.core.errors import BadRequest, PayloadTooLarge, StellarChatError
from stellarchat.core.tools import Action
from stellarchat.services.answers.calls import Decision, Verdict
from stellarchat.services.bus import Topic

FRAME_CHARS: Final = 1024 * 1024
"""The longest frame, in characters. Images do not fit: send these over HTTP and follow here."""

FRAME_BYTES: Final = 4 * FRAME_CHARS
"""What the server lets through at least, so that a longer frame is refused with an error first."""

RequestId = Annotated[
    str, Field(max_length=128, description="comes back in what answers the frame"), STORABLE
]


class ChatFrame(ReplyRequest):
    """Asks for a reply and follows it."""

    type: Literal["chat"]
    request_id: RequestId | None = None


class StopFrame(Body):
    """Stops a reply; its followers see the end."""

    type: Literal["stop"]
    request_id: RequestId | None = None
    generation_id: Id


class ApproveFrame(Body):
    """Lets a call run that waits; with `always` the tool, as it is now, runs in this chat from now on."""

    type: Literal["approve"]
    request_id: RequestId | None = None
    generation_id: Id
    call_id: Id
    always: bool = False

    @property
    def decision(self) -> Decision:
        """What was decided."""
        return Decision(Verdict.ALWAYS if self.always else Verdict.ONCE)


class DenyFrame(Body):
    """Refuses a call that waits; the model is told so, and the reason."""

    type: Literal["deny"]
    request_id: RequestId | None = None
    generation_id: Id
    call_id: Id
    reason: Reason | None = None

    @property
    def decision(self) -> Decision:
        """What was decided."""
        return Decision(Verdict.DENY, self.reason)


class AnswerFrame(Body):
    """Answers what the server of a tool asks in the middle of a call."""

    type: Literal["answer"]
    request_id: RequestId | None = None
    generation_id: Id
    question_id: Id
    action: Action
    content: SmallObject = Field(default_factory=dict)


class ResumeFrame(Body):
    """Follows a reply from any event on."""

    type: Literal["resume"]
    request_id: RequestId | None = None
    generation_id: Id
    after: int = Field(0, ge=0, description="the last `seq` the client has")


class SubscribeFrame(Body):
    """Says which changes the client wants to hear of, from now on; it takes the place of earlier ones."""

    type: Literal["subscribe"]
    request_id: RequestId | None = None
    topics: Annotated[list[Topic], Field(max_length=8)]


class PingFrame(Body):
    """Asks for a `pong`."""

    type: Literal["ping"]
    request_id: RequestId | None = None


ClientFrame = (
    ChatFrame | StopFrame | ApproveFrame | DenyFrame | AnswerFrame | ResumeFrame | SubscribeFrame | PingFrame
)

_KINDS: Final[dict[str, type[ClientFrame]]] = {
    "chat": ChatFrame,
    "stop": StopFrame,
    "approve": ApproveFrame,
    "deny": DenyFrame,
    "answer": AnswerFrame,
    "resume": ResumeFrame,
    "subscribe": SubscribeFrame,
    "ping": PingFrame,
}


class _Head(msgspec.Struct):
    type: str
    request_id: str | None = None


class BadFrame(Exception):
    """A frame that cannot be served; `error` says why, `request_id` which one it was where it told."""

    def __init__(self, error: StellarChatError, request_id: str | None = None) -> None:
        super().__init__(error.message)
        self.error = error
        self.request_id = request_id


def read(text: str | None, limits: Limits) -> ClientFrame:
    """Return the frame that `text` is; None is a binary frame. Raises BadFrame."""
    if text is None:
        raise BadFrame(BadRequest("Frames are text, not bytes.", remedy="Send JSON as text."))
    longest = min(FRAME_CHARS, limits.body_bytes)
    if len(text) > longest:
        raise BadFrame(
            PayloadTooLarge(
                f"A frame may have at most {longest} characters.",
                remedy="Send large content with POST /api/chat/completion, and resume it here.",
            )
        )
    try:
        head = msgspec.json.decode(text, type=_Head)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise BadFrame(
            BadRequest("This is not a frame.", remedy="Send a JSON object with a type.", detail=str(error))
        ) from None
    request_id = None if head.request_id is None else head.request_id[:128]
    kind = _KINDS.get(head.type)
    if kind is None:
        known = ", ".join(_KINDS)
        raise BadFrame(
            BadRequest(
                f"There is no frame type {head.type[:40]!r}.", param="type", remedy=f"Known: {known}."
            ),
            request_id,
        )
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        raise BadFrame(explain(error.errors(include_url=False)), request_id) from None
    except StellarChatError as error:
        raise BadFrame(error, request_id) from None
