import pytest

from stellarchat.store.tokens import LONGEST_WORD, Term, parse, tokens


def words(text: str) -> list[str]:
    return [token.word for token in tokens(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n… —!", []),
        ("Hello, WORLD!", ["hello", "world"]),
        ("user_id = foo-bar.py", ["user", "id", "foo", "bar", "py"]),
        ("v2.5 x86", ["v2", "5", "x86"]),
        ("Café CAFE\u0301 Straße ＡＢＣ ﬁn", ["cafe", "cafe", "strasse", "abc", "fin"]),
        ("Привет", ["привет"]),
        ("机器学习", ["机器", "器学", "学习", "习"]),
        ("猫", ["猫"]),
        ("用GPT模型。", ["用", "gpt", "模型", "型"]),
        ("ひらがな カナ", ["ひら", "らが", "がな", "な", "カナ", "ナ"]),
        ("한국어", ["한국", "국어", "어"]),
        ("ภาษา", ["ภา", "าษ", "ษา", "า"]),
        ("\U00020000\U00020001", ["\U00020000\U00020001", "\U00020001"]),
        ("🚀🚀", []),
    ],
)
def test_text_is_cut_into_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_words_know_where_they_stand() -> None:
    text = "Ünï 机器 ok"
    assert [text[token.start : token.end] for token in tokens(text)] == ["Ünï", "机器", "器", "ok"]
    assert [token.word for token in tokens(text, start=4)] == ["机器", "器", "ok"]


def test_half_width_characters_keep_their_places() -> None:
    found = list(tokens("ｱｲ"))
    assert [(token.word, token.start, token.end) for token in found] == [("アイ", 0, 2), ("イ", 1, 2)]


def test_endless_words_are_cut() -> None:
    assert words("A" * 1_000_000) == ["a" * LONGEST_WORD]
    assert words("é" * 1_000) == ["e" * LONGEST_WORD]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("hello wor", [Term(("hello",), False), Term(("wor",), True)]),
        ("foo-bar baz", [Term(("foo", "bar"), False), Term(("baz",), True)]),
        ("猫", [Term(("猫",), True)]),
        ("猫 cat", [Term(("猫",), True), Term(("cat",), True)]),
        ("学习", [Term(("学习",), False)]),
        ("机器学习", [Term(("机器", "器学", "学习"), False)]),
        ("GPT模型", [Term(("gpt", "模型"), False)]),
        ("GPT猫", [Term(("gpt", "猫"), True)]),
        ("模型GPT", [Term(("模型", "型", "gpt"), True)]),
        ("\"' * OR ( ) ", [Term(("or",), True)]),
        ("%_\\ -", []),
    ],
)
def test_a_query_becomes_terms(query: str, expected: list[Term]) -> None:
    assert parse(query) == expected


def test_a_query_has_a_limit() -> None:
    assert len(parse("a " * 100_000)) == 12
    assert len(parse("的" * 100_000)[0].words) == 24
