"""Stop strings: never let out, not even in part."""

from hypothesis import given
from hypothesis import strategies as st

from stellarchat.engines.transformers.stops import Stops


def through(words: list[str], pieces: list[str]) -> tuple[list[str], str | None]:
    stops = Stops(words)
    out = []
    for piece in pieces:
        out.append(stops.feed(piece))
        if stops.found is not None:
            return out, stops.found
    return [*out, stops.end()], None


def test_a_stop_string_in_pieces_is_found() -> None:
    assert through(["<end>"], ["one <", "en", "d> two"]) == (["one ", "", ""], "<end>")


def test_what_only_looks_like_one_comes_out_later() -> None:
    assert through(["<end>"], ["a <en", "ter>"]) == (["a ", "<enter>", ""], None)
    assert through(["<end>"], ["a <en"]) == (["a ", "<en"], None)


def test_the_first_and_then_the_longest_wins() -> None:
    assert through(["b", "abc"], ["xxabc"]) == (["xx"], "abc")
    assert through(["ab", "abc"], ["xabcd"]) == (["x"], "abc")


def test_without_stop_strings_all_passes_at_once() -> None:
    assert through([], ["a", "b"]) == (["a", "b", ""], None)


@given(st.text("ab", max_size=30), st.lists(st.text("ab", min_size=1, max_size=4), max_size=3), st.data())
def test_however_it_is_cut_the_text_is_the_same(text: str, words: list[str], data: st.DataObject) -> None:
    pieces = []
    rest = text
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        pieces.append(rest[:size])
        rest = rest[size:]
    out, found = through(words, pieces)
    hits = [text.find(word) for word in words if word in text]
    if found is None:
        assert "".join(out) == text
        assert not hits
    else:
        # with several words, one that begins earlier may still be growing when a later one is whole
        said = "".join(out)
        assert text.startswith(said + found)
        assert not any(word in said for word in words)
