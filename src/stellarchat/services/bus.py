"""Who hears of what: changes published in this process, and readers that cannot fall behind.

A reader holds at most one pending change per thing, the latest one, so a reader that stops reading
costs a bounded amount of memory and catches up with the present state.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Final, Protocol, assert_never

import msgspec

from stellarchat.core.instances import Instance
from stellarchat.core.messages import MessageStatus

PENDING_LIMIT: Final = 1000
"""Things one reader can have pending before it is only told that many changed."""


class ChatChange(StrEnum):
    """What happened to a chat. `many`: more chats changed than were kept apart, read them again."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    TITLE = "title"
    MESSAGE = "message"
    MANY = "many"


class Topic(StrEnum):
    """What a reader can ask for."""

    CHATS = "chats"
    INSTANCES = "instances"


class ChatChanged(msgspec.Struct, frozen=True):
    """A chat has a new revision. `origin` is the session that made the change, where it is known.

    `chat_id` is None where `change` is `many`.
    """

    user_id: str
    chat_id: str | None
    rev: int
    change: ChatChange
    origin: str | None = None


class ReplyState(StrEnum):
    """How far a reply is. `waiting`: a call of a tool waits for the person's word."""

    WRITING = "writing"
    WAITING = "waiting"
    ENDED = "ended"


class ReplyChanged(msgspec.Struct, frozen=True):
    """A reply in a chat waits for its person, goes on, or is there; `seconds` is what it has taken so far.

    `status` is that of its message, once it has ended.
    """

    user_id: str
    chat_id: str
    message_id: str
    generation_id: str
    state: ReplyState
    seconds: float
    status: MessageStatus | None = None


class InstanceChanged(msgspec.Struct, frozen=True):
    """An instance is in a new state."""

    instance: Instance


Change = ChatChanged | ReplyChanged | InstanceChanged


class Subscription(Protocol):
    """One reader's place. `close` ends it; after that nothing is woken any more."""

    def take(self) -> list[Change]:
        """Return what changed since the last call, one change per thing, and forget it."""

    def close(self) -> None:
        """Stop listening. Closing twice is fine."""


class Bus(Protocol):
    """Carries changes from whoever makes them to whoever shows them. May span processes."""

    def publish(self, change: Change) -> None:
        """Tell every reader that may see `change`. Never blocks, never fails."""

    def subscribe(self, user_id: str, topics: Iterable[Topic], wake: Callable[[], None]) -> Subscription:
        """Listen to `topics` as `user_id`; `wake` is called on the event loop when something is pending.

        `wake` is called once until `take` has emptied the place again.
        """


class LocalBus:
    """A `Bus` within one process and one event loop."""

    def __init__(self) -> None:
        self._chats: dict[str, set[_Place]] = {}
        self._instances: set[_Place] = set()

    def publish(self, change: Change) -> None:
        """Hand `change` to the readers of its user, or to all where it concerns an instance."""
        match change:
            case ChatChanged():
                for place in tuple(self._chats.get(change.user_id, ())):
                    place.put_chat(change)
            case ReplyChanged():
                for place in tuple(self._chats.get(change.user_id, ())):
                    place.put_reply(change)
            case InstanceChanged():
                for place in tuple(self._instances):
                    place.put_instance(change)
            case _:
                assert_never(change)

    def subscribe(self, user_id: str, topics: Iterable[Topic], wake: Callable[[], None]) -> Subscription:
        """Listen to `topics` as `user_id` until the subscription is closed."""
        wanted = frozenset(topics)
        place = _Place(self, user_id, wake)
        if Topic.CHATS in wanted:
            self._chats.setdefault(user_id, set()).add(place)
        if Topic.INSTANCES in wanted:
            self._instances.add(place)
        return place

    def remove(self, place: "_Place") -> None:
        """Forget a reader."""
        self._instances.discard(place)
        places = self._chats.get(place.user_id)
        if places is not None:
            places.discard(place)
            if not places:
                del self._chats[place.user_id]


class _Place:
    """A subscription of the local bus."""

    __slots__ = ("_bus", "_chats", "_instances", "_replies", "_wake", "user_id")

    def __init__(self, bus: LocalBus, user_id: str, wake: Callable[[], None]) -> None:
        self._bus = bus
        self._wake = wake
        self._chats: dict[str | None, ChatChanged] = {}
        self._replies: dict[str, ReplyChanged] = {}
        self._instances: dict[str, InstanceChanged] = {}
        self.user_id = user_id

    def put_chat(self, change: ChatChanged) -> None:
        """Keep `change` in place of an older one of the same chat."""
        asleep = self._asleep
        older = self._chats.get(change.chat_id)
        if older is not None:
            self._chats[change.chat_id] = _joined(older, change)
        elif None in self._chats:
            return
        elif len(self._chats) >= PENDING_LIMIT:
            self._chats = {None: ChatChanged(change.user_id, None, 0, ChatChange.MANY)}
        else:
            self._chats[change.chat_id] = change
        if asleep:
            self._wake()

    def put_reply(self, change: ReplyChanged) -> None:
        """Keep `change` in place of an older one of the same reply; of too many the oldest is let go."""
        asleep = self._asleep
        self._replies[change.generation_id] = change
        if len(self._replies) > PENDING_LIMIT:
            del self._replies[next(iter(self._replies))]
        if asleep:
            self._wake()

    def put_instance(self, change: InstanceChanged) -> None:
        """Keep `change` in place of an older one of the same instance; instances are few."""
        asleep = self._asleep
        self._instances[change.instance.run_id] = change
        if asleep:
            self._wake()

    def take(self) -> list[Change]:
        """Return what is pending and forget it."""
        taken: list[Change] = [
            *self._chats.values(),
            *self._replies.values(),
            *self._instances.values(),
        ]
        self._chats = {}
        self._replies = {}
        self._instances = {}
        return taken

    @property
    def _asleep(self) -> bool:
        return not (self._chats or self._replies or self._instances)

    def close(self) -> None:
        """Stop listening."""
        self._bus.remove(self)
        self.take()


def _joined(older: ChatChanged, newer: ChatChanged) -> ChatChanged:
    """Return one change that says what both said, at the newer revision."""
    kind = newer.change
    if newer.change is not ChatChange.DELETED and older.change is ChatChange.CREATED:
        kind = ChatChange.CREATED
    elif newer.change is not older.change and newer.change is not ChatChange.DELETED:
        kind = ChatChange.UPDATED
    origin = newer.origin if newer.origin == older.origin else None
    return ChatChanged(newer.user_id, newer.chat_id, max(older.rev, newer.rev), kind, origin)
