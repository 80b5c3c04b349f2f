"""Walks over a chat's tree."""

from stellarchat.core.messages import Node, downward
from tests.store.samples import moment


def tree(*pairs: tuple[str, str | None]) -> dict[str, Node]:
    """Return nodes by their ids, made one after the other."""
    return {name: Node(name, parent, moment(at)) for at, (name, parent) in enumerate(pairs)}


def test_downward_goes_branch_after_branch() -> None:
    nodes = tree(("a", None), ("b", "a"), ("c", "a"), ("d", "b"), ("e", None))
    assert downward(nodes) == ["a", "b", "d", "c", "e"]
    assert downward({}) == []


def test_downward_puts_parents_first_whatever_the_clock_said() -> None:
    nodes = tree(("child", "parent"), ("grandchild", "child"), ("parent", None))
    assert downward(nodes) == ["parent", "child", "grandchild"]


def test_downward_goes_as_deep_as_a_chat_is() -> None:
    nodes = tree(("0", None), *((str(at), str(at - 1)) for at in range(1, 5000)))
    assert downward(nodes) == [str(at) for at in range(5000)]
