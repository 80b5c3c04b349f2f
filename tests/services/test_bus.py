"""Readers hear of the latest change of each thing, and of no more than that."""

from stellarchat.core.instances import Instance
from stellarchat.core.launch import InstanceState
from stellarchat.core.messages import MessageStatus
from stellarchat.services.bus import (
    PENDING_LIMIT,
    ChatChange,
    ChatChanged,
    InstanceChanged,
    LocalBus,
    ReplyChanged,
    ReplyState,
    Subscription,
    Topic,
)


class Ear:
    """Counts how often it was woken."""

    def __init__(self, bus: LocalBus, *topics: Topic, user: str = "u") -> None:
        self.woken = 0
        self.place: Subscription = bus.subscribe(user, topics, self._wake)

    def _wake(self) -> None:
        self.woken += 1


def changed(chat: str, rev: int, change: ChatChange = ChatChange.UPDATED, user: str = "u") -> ChatChanged:
    return ChatChanged(user, chat, rev, change)


def instance(run_id: str, state: InstanceState) -> Instance:
    return Instance(run_id=run_id, model="m", variant="m", name="M", engine="llamacpp", state=state)


def test_a_reader_hears_what_it_asked_for() -> None:
    bus = LocalBus()
    chats, instances = Ear(bus, Topic.CHATS), Ear(bus, Topic.INSTANCES)
    ready = InstanceChanged(instance("r", InstanceState.READY))
    bus.publish(changed("c", 1))
    bus.publish(ready)
    assert chats.place.take() == [changed("c", 1)]
    assert instances.place.take() == [ready]


def test_another_users_chats_are_not_heard_of() -> None:
    bus = LocalBus()
    mine = Ear(bus, Topic.CHATS)
    bus.publish(changed("c", 1, user="somebody"))
    assert mine.place.take() == []
    assert mine.woken == 0


def test_a_slow_reader_gets_the_latest_of_each_and_is_woken_once() -> None:
    bus = LocalBus()
    ear = Ear(bus, Topic.CHATS, Topic.INSTANCES)
    for rev in range(50):
        bus.publish(changed("a", rev))
        bus.publish(changed("b", rev))
        bus.publish(InstanceChanged(instance("r", InstanceState.LOADING)))
    bus.publish(InstanceChanged(instance("r", InstanceState.READY)))
    assert ear.woken == 1
    assert ear.place.take() == [
        changed("a", 49),
        changed("b", 49),
        InstanceChanged(instance("r", InstanceState.READY)),
    ]
    bus.publish(changed("a", 50))
    assert ear.woken == 2


def test_of_a_reply_a_reader_hears_how_far_it_is() -> None:
    bus = LocalBus()
    ear, another = Ear(bus, Topic.CHATS), Ear(bus, Topic.CHATS, user="somebody")
    waits = ReplyChanged("u", "c", "m", "g", ReplyState.WAITING, 1.5)
    ended = ReplyChanged("u", "c", "m", "g", ReplyState.ENDED, 9.0, MessageStatus.COMPLETE)
    bus.publish(waits)
    assert ear.place.take() == [waits]
    bus.publish(waits)
    bus.publish(ended)
    assert ear.place.take() == [ended]
    assert (ear.woken, another.woken) == (2, 0)
    for number in range(PENDING_LIMIT + 5):
        bus.publish(ReplyChanged("u", "c", "m", str(number), ReplyState.ENDED, 9.0))
    assert len(ear.place.take()) == PENDING_LIMIT


def test_joined_changes_say_what_both_said() -> None:
    bus = LocalBus()
    ear = Ear(bus, Topic.CHATS)
    pairs = [
        (ChatChange.CREATED, ChatChange.MESSAGE, ChatChange.CREATED),
        (ChatChange.TITLE, ChatChange.MESSAGE, ChatChange.UPDATED),
        (ChatChange.MESSAGE, ChatChange.MESSAGE, ChatChange.MESSAGE),
        (ChatChange.CREATED, ChatChange.DELETED, ChatChange.DELETED),
    ]
    for older, newer, both in pairs:
        bus.publish(changed("c", 1, older))
        bus.publish(changed("c", 2, newer))
        assert ear.place.take() == [changed("c", 2, both)]


def test_a_joined_change_has_an_origin_only_if_both_had_it() -> None:
    bus = LocalBus()
    ear = Ear(bus, Topic.CHATS)
    bus.publish(ChatChanged("u", "c", 1, ChatChange.UPDATED, "s1"))
    bus.publish(ChatChanged("u", "c", 2, ChatChange.UPDATED, "s2"))
    assert ear.place.take() == [ChatChanged("u", "c", 2, ChatChange.UPDATED, None)]


def test_too_many_changes_become_one_that_says_so() -> None:
    bus = LocalBus()
    ear = Ear(bus, Topic.CHATS, Topic.INSTANCES)
    bus.publish(InstanceChanged(instance("r", InstanceState.READY)))
    for number in range(PENDING_LIMIT + 500):
        bus.publish(changed(f"c{number}", 1))
    many, still = ear.place.take()
    assert many == ChatChanged("u", None, 0, ChatChange.MANY)
    assert isinstance(still, InstanceChanged)
    bus.publish(changed("c", 2))
    assert ear.place.take() == [changed("c", 2)]


def test_a_closed_place_hears_nothing() -> None:
    bus = LocalBus()
    ear = Ear(bus, Topic.CHATS, Topic.INSTANCES)
    ear.place.close()
    ear.place.close()
    bus.publish(changed("c", 1))
    bus.publish(InstanceChanged(instance("r", InstanceState.READY)))
    assert ear.woken == 0
    assert ear.place.take() == []
