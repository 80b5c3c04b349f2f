import pytest

from stellarchat.store.snippets import mark, snippet
from stellarchat.store.tokens import parse


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("Hello world", "wor", "Hello <mark>world</mark>"),
        ("Le Café!", "cafe", "Le <mark>Café</mark>!"),
        ("我想学习机器学习", "学习", "我想<mark>学习</mark>机器<mark>学习</mark>"),
        ("机器学习", "器", "机<mark>器</mark>学习"),
        ("机器学习", "机器学习", "<mark>机器学习</mark>"),
        ("用GPT模型吧", "gpt模型", "用<mark>GPT模型</mark>吧"),
        ("foo-bar foo bar foo", "foo-bar", "<mark>foo-bar</mark> <mark>foo bar</mark> foo"),
        ('<b>bold</b> & "x"', "bold", "&lt;b&gt;<mark>bold</mark>&lt;/b&gt; &amp; &quot;x&quot;"),
        ("<mark>mark</mark>", "mark", "&lt;<mark>mark</mark>&gt;<mark>mark</mark>&lt;/<mark>mark</mark>&gt;"),
        ("nothing here", "absent", "nothing here"),
        ("cat category", "cat dog", "<mark>cat</mark> category"),
        ("", "x", ""),
    ],
)
def test_hits_are_marked_and_all_else_is_escaped(text: str, query: str, expected: str) -> None:
    assert mark(text, parse(query)) == expected


def test_a_snippet_shows_the_surroundings_of_the_first_hit() -> None:
    text = "before " * 200 + "needle in a haystack\nand more " + "after " * 200
    found = snippet(text, parse("needle"))
    assert found.startswith("…before")
    assert found.endswith("after…")
    assert "<mark>needle</mark> in a haystack and more" in found
    assert len(found) <= 160 + len("<mark></mark>……")


def test_a_snippet_of_text_without_spaces_holds_the_hit() -> None:
    found = snippet("前" * 500 + "针" + "后" * 500, parse("针"))
    assert found == "…" + "前" * 50 + "<mark>针</mark>" + "后" * 109 + "…"


def test_a_hit_longer_than_a_snippet_is_not_cut() -> None:
    assert snippet("x " * 100 + "w" * 300, parse("w" * 300)).count("w" * 300 + "</mark>") == 1


def test_a_snippet_can_start_in_the_middle() -> None:
    text = "needle " + "hay " * 200 + "needle last"
    found = snippet(text, parse("needle"), start=100)
    assert found.endswith("<mark>needle</mark> last")


def test_a_snippet_of_a_text_that_no_longer_holds_the_hit_is_its_beginning() -> None:
    assert snippet("short text", parse("absent")) == "short text"
    assert snippet("", parse("absent")) == ""
