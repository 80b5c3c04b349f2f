"""Every error a person or client can meet.

StellarChatError
 ├─ BadRequest 400 ── ContextTooLong
 ├─ Unauthorized 401 ── LoginFailed
 ├─ Forbidden 403
 ├─ NotFound 404 ── ModelNotFound
 ├─ MethodNotAllowed 405
 ├─ Conflict 409 ── StaleRevision, BranchBusy, ToolLoginNeeded
 ├─ PayloadTooLarge 413
 ├─ UnsupportedMediaType 415
 ├─ FileUnreadable 422 ── FileScanned
 ├─ AnswerCut 422
 ├─ TooManyRequests 429 ── QueueFull
 ├─ EngineError 502 ── EngineRefused ── EngineRejected 400, EngineBusy 429
 │                  ├─ EngineDied, EngineMalformed, AnswerInvalid
 │                  └─ EngineStalled 504
 ├─ ToolFailed 502
 ├─ Unavailable 503 ── EngineNotReady ── LaunchFailed, OutOfMemory
 │                  ├─ EngineMissing
 │                  ├─ ToolsMissing, ToolServerDown
 │                  ├─ StoreUnavailable
 │                  └─ ShuttingDown
 ├─ StorageFull 507
 └─ Reported (any of these, raised again from its data)

An error says what happened (`message`), what to do about it (`remedy`), which input field it is
about (`param`) and, where an engine spoke, that engine's own last words (`detail`). Where `code` alone
would say too little in another language, `sentence` names the sentence and `values` is what stands in it.
Each surface has one handler that renders it; nothing else turns errors into responses.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

Values = Mapping[str, str | int | float]
"""What stands in a sentence: names that end in `_bytes` or `_seconds` say what a number counts."""


class Words(msgspec.Struct, frozen=True, omit_defaults=True):
    """A sentence for people, and what it takes to say it in another language, as in ErrorInfo."""

    message: str
    sentence: str | None = None
    values: Values | None = None


def without(key: str, values: Values) -> Values:
    """Return `values` with a secret taken out of them."""
    return {name: one.replace(key, "…") if isinstance(one, str) else one for name, one in values.items()}


class ErrorInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error as data: what a stored message keeps and what a client is shown.

    `code` and `sentence` are stable and machine-readable, `retry_after` is in seconds. Whoever speaks another
    language says `sentence` with its `values` in it, and knows what to do about `code`.
    """

    code: str
    message: str
    type: str = "server_error"
    status: int = 500
    remedy: str | None = None
    param: str | None = None
    detail: str | None = None
    retry_after: float | None = None
    sentence: str | None = None
    values: Values | None = None


class StellarChatError(Exception):
    """Base of all errors raised on purpose. `status` is the HTTP status it becomes."""

    status: ClassVar[int] = 500
    type: ClassVar[str] = "server_error"
    code: ClassVar[str] = "internal_error"

    def __init__(
        self,
        message: str,
        *,
        remedy: str | None = None,
        param: str | None = None,
        detail: str | None = None,
        retry_after: float | None = None,
        sentence: str | None = None,
        values: Values | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.param = param
        self.detail = detail
        self.retry_after = retry_after
        self.sentence = sentence
        self.values = values

    @property
    def words(self) -> Words:
        """What happened, without the rest."""
        return Words(self.message, self.sentence, self.values)

    def info(self) -> ErrorInfo:
        """Return this error as data."""
        return ErrorInfo(
            code=self.code, message=self.message, type=self.type, status=self.status, **_rest(self)
        )

    def __reduce__(self) -> Any:
        return (_rebuild, (type(self), self.info()))


def _rest(error: StellarChatError | ErrorInfo) -> dict[str, Any]:
    """All that an error is told with, beyond its message and what its class says."""
    names = ("remedy", "param", "detail", "retry_after", "sentence", "values")
    return {name: getattr(error, name) for name in names}


def _rebuild(kind: type[StellarChatError], info: ErrorInfo) -> StellarChatError:
    return kind(info.message, **_rest(info))


class Reported(StellarChatError):
    """An error that had become data already (the end of a reply), raised again as it was."""

    def __init__(self, info: ErrorInfo) -> None:
        super().__init__(info.message, **_rest(info))
        self._info = info

    def info(self) -> ErrorInfo:
        """Return the data it was made of."""
        return self._info

    def __reduce__(self) -> Any:
        return (Reported, (self._info,))


class BadRequest(StellarChatError):
    """The request is wrong in itself; `param` names the field."""

    status = 400
    type = "invalid_request_error"
    code = "invalid_value"


class ContextTooLong(BadRequest):
    """The prompt does not fit the model's context."""

    code = "context_length_exceeded"


class Unauthorized(StellarChatError):
    """No or a wrong credential."""

    status = 401
    type = "authentication_error"
    code = "invalid_api_key"


class LoginFailed(Unauthorized):
    """No such user, or another password; it is not said which."""

    code = "login_failed"


class Forbidden(StellarChatError):
    """The caller may not do this (a foreign Origin or Host, a missing role)."""

    status = 403
    type = "permission_error"
    code = "forbidden"


class NotFound(StellarChatError):
    """The thing does not exist, or not for this caller."""

    status = 404
    type = "invalid_request_error"
    code = "not_found"


class ModelNotFound(NotFound):
    """No running, startable or remote model has this name."""

    code = "model_not_found"


class MethodNotAllowed(StellarChatError):
    """The path exists, but not for this HTTP method."""

    status = 405
    type = "invalid_request_error"
    code = "method_not_allowed"


class Conflict(StellarChatError):
    """The request contradicts the present state."""

    status = 409
    type = "invalid_request_error"
    code = "conflict"


class StaleRevision(Conflict):
    """The object was changed by somebody else since the caller read it."""

    code = "stale_revision"


class BranchBusy(Conflict):
    """A reply is already being written on this branch of the chat."""

    code = "branch_busy"


class PayloadTooLarge(StellarChatError):
    """A body, list or string is over its limit; `param` names it."""

    status = 413
    type = "invalid_request_error"
    code = "payload_too_large"


class UnsupportedMediaType(StellarChatError):
    """The body is not of a kind this route takes."""

    status = 415
    type = "invalid_request_error"
    code = "unsupported_media_type"


class FileUnreadable(StellarChatError):
    """A file is of a kind that is read, and yet cannot be."""

    status = 422
    type = "invalid_request_error"
    code = "file_unreadable"


class FileScanned(FileUnreadable):
    """A PDF has no text and holds pictures of pages: these can be given as images."""

    code = "file_scanned"


class StorageFull(StellarChatError):
    """There is no room for the file: the user's share is used up, or the disk is full."""

    status = 507
    type = "invalid_request_error"
    code = "storage_full"


class AnswerCut(StellarChatError):
    """The answer ended at its limit before it was whole, where only a whole one is of use."""

    status = 422
    type = "invalid_request_error"
    code = "answer_cut"


class TooManyRequests(StellarChatError):
    """The caller is over a limit; `retry_after` says when to come back."""

    status = 429
    type = "rate_limit_error"
    code = "rate_limit_exceeded"


class QueueFull(TooManyRequests):
    """All slots of the model are busy and so is its queue."""

    code = "queue_full"


class EngineError(StellarChatError):
    """The engine was reached and failed."""

    status = 502
    type = "engine_error"
    code = "engine_error"


class EngineRefused(EngineError):
    """The engine answered with an error of its own; `detail` holds it."""

    code = "engine_refused"


class EngineRejected(EngineRefused):
    """The engine found the client's request wrong."""

    status = 400
    type = "invalid_request_error"
    code = "engine_rejected"


class EngineBusy(EngineRefused):
    """The engine or endpoint is over a limit of its own."""

    status = 429
    type = "rate_limit_error"
    code = "engine_busy"


class EngineDied(EngineError):
    """The engine, or the connection to it, went away before it had finished."""

    code = "engine_died"


class EngineStalled(EngineError):
    """The engine sent nothing for longer than allowed."""

    status = 504
    code = "engine_stalled"


class EngineMalformed(EngineError):
    """The engine sent something that is not the protocol it should speak."""

    code = "engine_malformed"


class AnswerInvalid(EngineError):
    """The answer does not follow the schema it was to follow."""

    code = "answer_invalid"


class ToolFailed(StellarChatError):
    """A tool server was reached and did not do what it was asked for; `detail` holds its words."""

    status = 502
    type = "tool_error"
    code = "tool_failed"


class Unavailable(StellarChatError):
    """Cannot be served now; trying again later may help."""

    status = 503
    type = "unavailable_error"
    code = "unavailable"


class EngineNotReady(Unavailable):
    """The model is not running and could not be made ready in time."""

    code = "engine_not_ready"


class LaunchFailed(EngineNotReady):
    """The engine process could not be started; `detail` holds its last words."""

    code = "launch_failed"


class OutOfMemory(EngineNotReady):
    """There is not the memory that the model needs; `remedy` names what would fit."""

    code = "out_of_memory"


class EngineMissing(Unavailable):
    """The engine's library or program is not installed; `remedy` says how to get it."""

    code = "engine_missing"


class ToolsMissing(Unavailable):
    """The library that speaks to tool servers is not installed; `remedy` says how to get it."""

    code = "tools_missing"


class ToolServerDown(Unavailable):
    """A tool server cannot be reached; `detail` holds its last words."""

    code = "tool_server_down"


class ToolLoginNeeded(Conflict):
    """A tool server wants this person to log in at its service, for the first time or again."""

    code = "tool_login_needed"


class StoreUnavailable(Unavailable):
    """The database does not take writes now; nothing was acknowledged."""

    code = "store_unavailable"


class ShuttingDown(Unavailable):
    """The server is stopping and takes no new work."""

    code = "shutting_down"


def revived(info: ErrorInfo) -> StellarChatError:
    """Return the error that `info` was made of, of its own class; Reported where the code is unknown."""
    kinds = [StellarChatError]
    for kind in kinds:
        kinds += kind.__subclasses__()
        if kind.code == info.code and not issubclass(kind, Reported):
            return _rebuild(kind, info)
    return Reported(info)
